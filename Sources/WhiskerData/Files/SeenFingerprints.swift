import WhiskerCore

/// The fingerprints of a dataset's files that have been read so far, at 16 bytes a file once the first has been.
final class SeenFingerprints: Sendable {
  private let count: Int
  private let fingerprints = Lock<[Fingerprint]>([])

  /// None, of `count` files.
  init(count: Int) { self.count = count }

  /// The fingerprint of a file; nil where it has not been read.
  subscript(index: Int) -> Fingerprint? {
    fingerprints.withLock { $0.isEmpty || $0[index] == .unknown ? nil : $0[index] }
  }

  /// Returns the fingerprint of a file's contents, and keeps it unless one is known. What is read first counts.
  @discardableResult
  func note(_ contents: [UInt8], of index: Int) -> Fingerprint {
    let fingerprint = contents.withUnsafeBytes { Fingerprint($0) }
    fingerprints.withLock { fingerprints in
      if fingerprints.isEmpty { fingerprints = Array(repeating: .unknown, count: count) }
      if fingerprints[index] == .unknown { fingerprints[index] = fingerprint }
    }
    return fingerprint
  }
}

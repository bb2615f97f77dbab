import WhiskerCore

/// The files and options that a cache was made from, by which a later run decides whether it is still valid.
public struct CacheOrigin: Sendable, Codable, Equatable {
  /// The number of files.
  public let files: Int
  /// The fingerprint of their paths and classes.
  let paths: String
  /// The fingerprint of their sizes and times of modification.
  let stamps: String
  /// The largest number of pixels of a picture.
  let maximumPixels: Int
  /// Whether damaged pictures were used with the part that decoded.
  let allowsTruncated: Bool

  /// Whether the labels are from the files' names; nil for no, as in older caches.
  let labelsFromNames: Bool?

  private enum CodingKeys: String, CodingKey {
    case files, paths, stamps, maximumPixels = "maximum_pixels", allowsTruncated = "allows_truncated"
    case labelsFromNames = "labels_from_names"
  }

  /// The origin of a cache that is made from `source` now. A cache that is made from another cache has its origin.
  public init(of source: DataSource, options: DataSource.Options) {
    if let origin = source.caches.first?.manifest.origin {
      self = origin
      return
    }
    var files = 0
    var (paths, stamps) = (RunningFingerprint(), RunningFingerprint())
    for split in DataSource.Split.allCases {
      (source.splits[split] as? any FileBackedDataset)?.forEachFile { file in
        files += 1
        paths.add("\(split.rawValue) \(file.label ?? -1) ", file.path)
        stamps.add("\(file.size) \(file.modified)")
      }
    }
    (self.files, self.paths, self.stamps) = (files, paths.text, stamps.text)
    (maximumPixels, allowsTruncated) = (options.maximumPixels, options.allowsTruncated)
    labelsFromNames = options.labelsFromNames ? true : nil
  }

  /// Whether both are made from the same files, judging by names, sizes and times.
  package func hasSameFiles(as other: CacheOrigin) -> Bool {
    (files, paths, stamps) == (other.files, other.paths, other.stamps)
  }

  /// Whether only the sizes and times of the files differ.
  func differsInStampsAlone(from other: CacheOrigin) -> Bool {
    stamps != other.stamps
      && (files, paths, maximumPixels, allowsTruncated, labelsFromNames)
        == (other.files, other.paths, other.maximumPixels, other.allowsTruncated, other.labelsFromNames)
  }

  /// The reason why a cache of this origin is no longer valid; nil if it is.
  package func difference(from now: CacheOrigin) -> ErrorText? {
    if labelsFromNames != now.labelsFromNames {
      return "its labels are \(labelsFromNames == nil ? "not " : "")from the names of the files"
    }
    if files != now.files { return "it was made from \(files) files, and there are \(now.files) now" }
    if paths != now.paths { return "files were added, removed or renamed since it was made" }
    if stamps != now.stamps { return "files have changed since it was made" }
    if maximumPixels != now.maximumPixels { return "it was made with \(.maximumPixels) \(maximumPixels)" }
    if allowsTruncated != now.allowsTruncated {
      return "it was made \(allowsTruncated ? "with" : "without") \(.allowsTruncated)"
    }
    return nil
  }
}

/// The fingerprint of a sequence of records.
private struct RunningFingerprint {
  /// The fingerprint of the records so far, followed by the next record while it is added.
  private var bytes = [UInt8](repeating: 0, count: Fingerprint.size)

  mutating func add(_ text: String, _ rest: [UInt8] = []) {
    bytes += text.utf8
    bytes += rest
    let fingerprint = bytes.withUnsafeBytes { Fingerprint($0) }
    bytes.removeLast(bytes.count - Fingerprint.size)
    bytes.withUnsafeMutableBytes { fingerprint.store(in: $0.baseAddress!) }
  }

  var text: String { bytes.map(hexadecimal).joined() }
}

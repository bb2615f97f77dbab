/// What a cache was made from: enough to tell whether it would come out the same again.
public struct CacheOrigin: Sendable, Codable, Equatable {
  /// The number of files.
  public let files: Int
  /// The fingerprint of their paths and classes.
  let paths: String
  /// The fingerprint of their sizes and times of modification.
  let stamps: String
  /// What pictures were refused for their size, in pixels.
  let maximumPixels: Int
  /// Whether what decoded of a damaged picture was accepted.
  let allowsTruncated: Bool

  /// Whether the labels are from the files' names; nil for no.
  let labelsFromNames: Bool?

  private enum CodingKeys: String, CodingKey {
    case files, paths, stamps, maximumPixels = "maximum_pixels", allowsTruncated = "allows_truncated"
    case labelsFromNames = "labels_from_names"
  }

  /// The origin of a cache that is made from `source` now. A cache made from another has the other's.
  public init(of source: DataSource, options: DataSource.Options) {
    if let origin = source.origin {
      self = origin
      return
    }
    var files = 0
    var (paths, stamps) = (RunningFingerprint(), RunningFingerprint())
    for part in DataSource.Part.allCases {
      source.parts[part]?.forEachFile { file in
        files += 1
        paths.add("\(part.rawValue) \(file.label ?? -1) ", file.path)
        stamps.add("\(file.size) \(file.modified)")
      }
    }
    (self.files, self.paths, self.stamps) = (files, paths.text, stamps.text)
    (maximumPixels, allowsTruncated) = (options.maximumPixels, options.allowsTruncated)
    labelsFromNames = options.labelsFromNames ? true : nil
  }

  /// Whether both are made from the same files, as far as names, sizes and times show.
  package func hasSameFiles(as other: CacheOrigin) -> Bool {
    (files, paths, stamps) == (other.files, other.paths, other.stamps)
  }

  /// Whether sizes and times of the files are all that differs.
  func differsInStampsAlone(from other: CacheOrigin) -> Bool {
    stamps != other.stamps
      && (files, paths, maximumPixels, allowsTruncated, labelsFromNames)
        == (other.files, other.paths, other.maximumPixels, other.allowsTruncated, other.labelsFromNames)
  }

  /// Why a cache of this origin is not what would be made now; nil if it is.
  package func difference(from now: CacheOrigin) -> String? {
    if labelsFromNames != now.labelsFromNames {
      return "its labels are \(labelsFromNames == nil ? "not " : "")from the names of the files"
    }
    if files != now.files { return "it was made from \(files) files, and there are \(now.files) now" }
    if paths != now.paths { return "files were added, removed or renamed since it was made" }
    if stamps != now.stamps { return "files have changed since it was made" }
    if maximumPixels != now.maximumPixels { return "it was made with --max-pixels \(maximumPixels)" }
    if allowsTruncated != now.allowsTruncated {
      return "it was made \(allowsTruncated ? "with" : "without") --allow-truncated"
    }
    return nil
  }
}

/// The fingerprint of records that come one after the other.
private struct RunningFingerprint {
  /// The fingerprint of the records so far; behind it, room for one more.
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

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

  /// The fingerprint of the groups of the samples; nil without groups, as in older caches.
  private(set) var groups: String?
  /// The changes of classes; nil for none, as in older caches.
  private(set) var classChanges: ClassChanges?
  /// The fingerprint of the paths of the samples that were left out; nil for none, as in older caches.
  private(set) var excluded: String?
  /// The fingerprint of the orders of columns of tables of pixels; nil where all are in order, as in older caches, which took them
  /// as they came.
  private(set) var pixelOrder: String?

  private enum CodingKeys: String, CodingKey {
    case groups, classChanges = "class_changes", files, paths, stamps, maximumPixels = "maximum_pixels",
      allowsTruncated = "allows_truncated"
    case labelsFromNames = "labels_from_names", excluded, pixelOrder = "pixel_order"
  }

  /// The origin of a cache that is made from `source` now. A cache that is made from another cache has its origin.
  public init(of source: DataSource, options: DataSource.Options) {
    if let origin = source.caches.first?.manifest.origin {
      self = origin
      classChanges = options.classChanges ?? classChanges
      leaveOut(options.excluded)
      return
    }
    var files = 0
    var (paths, stamps, orders) = (RunningFingerprint(), RunningFingerprint(), RunningFingerprint())
    var pixelOrder: String?
    for split in DataSource.Split.allCases {
      (source.splits[split] as? any FileBackedDataset)?.forEachFile { file in
        files += 1
        paths.add("\(split.rawValue) \(file.label ?? -1) ", file.path)
        stamps.add("\(file.size) \(file.modified)")
        if let order = file.pixelOrder {
          orders.add(order)
          pixelOrder = orders.text
        }
      }
    }
    self.pixelOrder = pixelOrder
    (self.files, self.paths, self.stamps) = (files, paths.text, stamps.text)
    (maximumPixels, allowsTruncated) = (options.maximumPixels, options.allowsTruncated)
    labelsFromNames = options.labelsFromNames ? true : nil
    classChanges = options.classChanges
    leaveOut(options.excluded)
    var groups = RunningFingerprint()
    for split in DataSource.Split.allCases {
      guard let dataset = source.splits[split]?.grouped else { continue }
      for index in 0..<dataset.count { groups.add("\(dataset.group(at: index) ?? -1)") }
      self.groups = groups.text
    }
  }

  /// Notes that the samples with these paths are left out, besides those that a cache was made without.
  private mutating func leaveOut(_ paths: [String]) {
    guard !paths.isEmpty else { return }
    var own = RunningFingerprint()
    for path in paths.sorted() { own.add(path) }
    // A run with a cache leaves out the same samples as its cache.
    guard let before = excluded, before != own.text else { return excluded = own.text }
    own.add(before)
    excluded = own.text
  }

  /// Whether the samples have groups, such as those of a list's column.
  package var hasGroups: Bool { groups != nil }

  /// Whether both are made from the same files, judging by names, sizes and times.
  package func hasSameFiles(as other: CacheOrigin) -> Bool {
    (files, paths, stamps) == (other.files, other.paths, other.stamps)
  }

  /// Whether both take the columns of tables of pixels in the same order. The list of a run's files does not have it.
  package func bindsPixels(as other: CacheOrigin) -> Bool { pixelOrder == other.pixelOrder }

  /// Whether only the sizes and times of the files differ.
  func differsInStampsAlone(from other: CacheOrigin) -> Bool {
    stamps != other.stamps
      && (files, paths, maximumPixels, allowsTruncated, labelsFromNames)
        == (other.files, other.paths, other.maximumPixels, other.allowsTruncated, other.labelsFromNames)
      && (groups, classChanges, excluded, pixelOrder)
        == (other.groups, other.classChanges, other.excluded, other.pixelOrder)
  }

  /// The reason why a cache of this origin is no longer valid; nil if it is.
  package func difference(from now: CacheOrigin) -> ErrorText? {
    guard bindsPixels(as: now) else { return "the columns of its pixels were taken in another order" }
    if labelsFromNames != now.labelsFromNames {
      return "its labels are \(labelsFromNames == nil ? "not " : "")from the names of the files"
    }
    if classChanges != now.classChanges { return "it was made with other classes (\(.classChanges))" }
    if excluded != now.excluded { return "other pictures were left out when it was made (\(.excluded))" }
    if groups != now.groups { return "the groups of its pictures have changed since it was made" }
    if files != now.files { return "it was made from \(files) files, and there are \(now.files) now" }
    if paths != now.paths {
      return "files were added, removed, renamed, or given another class since it was made"
    }
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

  var text: String { hexadecimal(bytes) }
}

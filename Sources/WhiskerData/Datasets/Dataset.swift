/// The size of a dataset, its classes, and the shape of its samples.
public struct DatasetInfo: Sendable {
  /// The number of samples that are listed; one that turns out unreadable keeps its index.
  public let count: Int
  /// The names of the classes, in the order of their labels.
  public let classNames: [String]
  /// The shape of every sample: `[height, width, channels]` bytes.
  public let preprocessing: Preprocessing
  /// Whether reading a sample costs much more than copying it, so that samples are kept in memory once they were read.
  public let isWorthCaching: Bool

  /// Describes `count` samples.
  public init(count: Int, classNames: [String], preprocessing: Preprocessing, isWorthCaching: Bool = false) {
    (self.count, self.classNames) = (count, classNames)
    (self.preprocessing, self.isWorthCaching) = (preprocessing, isWorthCaching)
  }
}

/// Samples that can be read in any order and from any thread: an image folder, a pair of IDX files.
///
/// What only some datasets can do is a protocol of its own: ``InMemoryDataset``, ``StoredDataset``, ``FileBackedDataset``. Code
/// that makes use of it casts once, not for every sample.
public protocol Dataset: Sendable {
  /// The size, the classes and the shape of the samples.
  var info: DatasetInfo { get }
  /// The class of a sample, from 0 up to the number of classes.
  func label(at index: Int) -> Int
  /// The name of a sample in reports: its path below the root of the dataset, where it has one.
  func name(at index: Int) -> String
  /// Reads a sample into `pixels`, which holds `preprocessing.sampleSize` bytes.
  /// - Throws: `FileError` when the sample cannot be read.
  func read(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) throws
}

extension Dataset {
  /// The number of samples.
  public var count: Int { info.count }
  /// The names of the classes, in the order of their labels.
  public var classNames: [String] { info.classNames }
  /// The shape of every sample.
  public var preprocessing: Preprocessing { info.preprocessing }
  /// Whether reading a sample costs much more than copying it.
  public var isWorthCaching: Bool { info.isWorthCaching }

  /// The number of samples of each class, by label.
  public var classCounts: [Int] {
    var counts = [Int](repeating: 0, count: classNames.count)
    for index in 0..<count { counts[label(at: index)] += 1 }
    return counts
  }

  /// One sample, `[height, width, channels]`.
  /// - Throws: `FileError` when the sample cannot be read.
  public func sample(at index: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: preprocessing.sampleSize) { buffer, count in
      try read(index, into: UnsafeMutableRawBufferPointer(buffer))
      count = buffer.count
    }
  }
}

/// A dataset whose samples lie in memory, at least at times, so that they need not be copied.
public protocol InMemoryDataset: Dataset {
  /// Whether all samples that can be read lie in memory now. Once true, it stays true.
  var isInMemory: Bool { get }
  /// The samples that are known to be unreadable, by index. Complete where `isInMemory` is true.
  var failures: [Int: SampleFailure] { get }
  /// The address of a sample's `preprocessing.sampleSize` bytes, valid as long as the dataset lives; nil where it has to be
  /// read.
  func address(of index: Int) -> UnsafePointer<UInt8>?
  /// Returns the memory of mapped files to the system. Addresses stay valid: pages are mapped again when they are read.
  func release()
}

extension InMemoryDataset {
  /// None.
  public var failures: [Int: SampleFailure] { [:] }
  /// Does nothing: for a dataset that maps no files, or only small ones.
  public func release() {}
}

/// A dataset that knows its samples as they are stored, before they were decoded and scaled.
public protocol StoredDataset: Dataset {
  /// The fingerprint of a sample's contents as they are stored. Nothing is decoded.
  /// - Throws: `FileError` when there are no contents to read.
  func fingerprint(at index: Int) throws -> Fingerprint
  /// Reads a sample as `read` does, and describes it as it is stored.
  /// - Throws: `FileError` when the sample cannot be read.
  func examine(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) throws -> SampleDetails
  /// The bytes of the sample's path below the root of the dataset, which need not be UTF-8.
  func path(at index: Int) -> [UInt8]
}

extension StoredDataset {
  /// The bytes of the name.
  public func path(at index: Int) -> [UInt8] { Array(name(at: index).utf8) }
}

/// A dataset that knows which samples belong together, such as the pictures of one patient. A split keeps them on one side.
public protocol GroupedDataset: Dataset {
  /// Whether there are groups.
  var hasGroups: Bool { get }
  /// The number of the group of a sample; nil for a sample on its own.
  func group(at index: Int) -> Int?
}

/// A dataset that is made from files, by which a resumed training and a cache notice that it has changed.
public protocol FileBackedDataset: Dataset {
  /// Calls `body` with every file that the dataset is made from, in order.
  func forEachFile(_ body: (SourceFile) -> Void)
}

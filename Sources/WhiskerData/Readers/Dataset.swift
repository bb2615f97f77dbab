/// Samples that can be read in any order: an image folder, an IDX pair.
public protocol Dataset: Sendable {
  /// The names of the classes, in the order of their labels.
  var classNames: [String] { get }
  /// The shape of every sample: `[height, width, channels]` bytes.
  var preprocessing: Preprocessing { get }
  /// The number of samples that are listed; one that turns out unreadable keeps its index.
  var count: Int { get }
  /// Whether reading a sample again costs much more than copying it.
  var isWorthCaching: Bool { get }

  /// How many samples each class has, by label.
  var classCounts: [Int] { get }
  /// The class of a sample, from 0 up to the number of classes.
  func label(at index: Int) -> Int
  /// What a sample is called in reports: its path below the data set's root.
  func name(at index: Int) -> String
  /// Reads a sample into `pixels`, which holds `preprocessing.sampleSize` bytes.
  /// - Throws: `FileError` when the sample cannot be read.
  func read(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) throws
  /// Whether all samples that can be read lie in memory, where `address(of:)` finds them.
  var isInMemory: Bool { get }
  /// The samples of a data set in memory that cannot be read, by index.
  var failures: [Int: SampleFailure] { get }
  /// Where a sample's `preprocessing.sampleSize` bytes lie for as long as the data set lives; nil where they have to be
  /// read.
  func address(of index: Int) -> UnsafePointer<UInt8>?
  /// Gives back the memory that mapped files take. Addresses stay what they were; what is looked at there is mapped again.
  func release()
  /// Reads a sample as `read` does, and tells what it is.
  /// - Throws: `FileError` when the sample cannot be read.
  func examine(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) throws -> SampleDetails
  /// What tells a sample's contents, as they are stored, from others; nothing is decoded.
  /// - Throws: `FileError` when there are no contents to read.
  func fingerprint(at index: Int) throws -> Fingerprint
  /// The samples with the same stored contents; what cannot be read is in no group.
  /// - Throws: `ResourceError` when the machine runs out of something.
  func copies(lanes: BatchStream.Lanes) throws -> CopyGroups
  /// The bytes of the sample's path below the data set's root, which need not be UTF-8.
  func path(at index: Int) -> [UInt8]
  /// Tells every file that the data set is made from, in order.
  func forEachFile(_ body: (SourceFile) -> Void)
}

extension Dataset {
  /// Where a data set knows nothing more of its samples, they are what training sees.
  public func examine(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) throws -> SampleDetails {
    try read(index, into: pixels)
    return SampleDetails(
      format: "sample", width: preprocessing.width, height: preprocessing.height,
      fingerprint: Fingerprint(UnsafeRawBufferPointer(pixels)))
  }

  /// Where a data set knows nothing more of its samples, they are what training sees.
  public func fingerprint(at index: Int) throws -> Fingerprint {
    try sample(at: index).withUnsafeBytes { Fingerprint($0) }
  }

  /// For a data set that reads its samples.
  public var isInMemory: Bool { false }
  /// None, for a data set whose samples all lie in memory once any does.
  public var failures: [Int: SampleFailure] { [:] }
  /// Nowhere, for a data set that reads its samples.
  public func address(of index: Int) -> UnsafePointer<UInt8>? { nil }

  /// For a data set that maps nothing, or too little to matter.
  public func release() {}

  /// None, for a data set that is made from no files.
  public func forEachFile(_ body: (SourceFile) -> Void) {}

  /// The name, where it is all there is.
  public func path(at index: Int) -> [UInt8] { Array(name(at: index).utf8) }

  /// Counted one by one.
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

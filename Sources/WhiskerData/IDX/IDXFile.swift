import WhiskerCore

/// An array in the IDX format of MNIST, plain or gzipped.
/// Format: http://yann.lecun.com/exdb/mnist/ ("The IDX file format").
struct IDXFile: Sendable {
  let header: IDXHeader

  /// Nil where only the header is used.
  private let contents: FileContents?

  var path: String { header.path }
  var dimensions: [Int] { header.dimensions }
  /// The number of elements.
  var count: Int { header.count }

  /// The largest contents of a gzipped file, in bytes, that are checked where only the header is used.
  private static let checkedSize = 256 << 20

  /// Reads the file of a header: a plain file is mapped, a gzipped one expanded in memory.
  /// - Parameter isDescribed: Whether only the header is used. A large gzipped file is then not expanded.
  /// - Throws: `FileError` when it cannot be read, its length does not fit the header, or it is too large for the memory.
  init(_ header: IDXHeader, isDescribed: Bool = false) throws {
    self.header = header
    let mapped = try FileContents(mapping: header.path)
    guard header.isCompressed else {
      try header.check(mapped.count)
      contents = mapped
      return
    }
    guard !isDescribed || header.size <= Self.checkedSize else {
      contents = nil
      return
    }
    let available = MemoryBudget.available
    guard header.size <= available else {
      throw FileError(
        header.path, "\(MemorySize.shortage(need: header.size, available: available))",
        advice: "Expand it with gunzip: a file that is not gzipped needs no memory")
    }
    let expanded = try mapped.withBytes {
      try Gzip.expand($0.bindMemory(to: UInt8.self), limit: header.size, name: header.path)
    }
    try header.check(expanded.count)
    contents = FileContents(expanded)
  }

  /// The bytes of the elements, in row-major order.
  func withElements<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try read.withBytes { try body(UnsafeRawBufferPointer(rebasing: $0[header.length...])) }
  }

  /// The address of an element, valid as long as the file is held.
  func address(of index: Int) -> UnsafePointer<UInt8> { read.address(of: header.length + index) }

  /// The CRC-32 of the elements, by which known files are recognised.
  var checksum: UInt32 {
    withElements { CRC32.of($0) }
  }

  private var read: FileContents {
    guard let contents else { preconditionFailure("a dataset that is only described is not read") }
    return contents
  }
}

/// The files of MNIST, recognised by their shape and checked by their contents.
enum KnownIDXFiles {
  /// The CRC-32 of the elements after the header. Computed with zlib from files with the known MD5s of the dataset (6bbc9ace898e44ae57da46a324031adb, a25bea736e30d166cdddb491f175f624,
  /// 2646ac647ad5339dbf082846283269ea and 27ae3e4e09519cfbb04c329615203637, unzipped).
  private static let mnist: [Int: (images: UInt32, labels: UInt32)] = [
    60_000: (images: 0xF363_9B56, labels: 0xBA07_E8EF),
    10_000: (images: 0xE4CA_5F57, labels: 0xEE86_04D9),
  ]

  /// Notes on a pair of files that has the shape of MNIST but not its contents.
  static func notes(images: IDXFile, labels: IDXFile) -> [String] {
    guard images.dimensions[1...] == [28, 28], let known = mnist[images.dimensions[0]] else { return [] }
    let differing =
      (images.checksum == known.images ? [] : [images]) + (labels.checksum == known.labels ? [] : [labels])
    return differing.map {
      "\(lastPart(of: $0.path)) has the size of MNIST's file but other contents: "
        + "fine for Fashion-MNIST and the like, otherwise the file is damaged"
    }
  }
}

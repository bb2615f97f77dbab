import WhiskerTensor

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

  /// What a gzipped file may expand to, in bytes, for its contents to be checked where only the header is used.
  private static let checkedSize = 256 << 20

  /// Reads the file behind its header: a plain file is mapped, a gzipped one expanded in memory.
  /// - Parameter isDescribed: Whether only the header is used. A large gzipped file is then not expanded.
  /// - Throws: `FileError` when it cannot be read, its length is not what the header announces, or it is too large for the
  ///   memory.
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

  /// Where an element lies, for as long as the file is held.
  func address(of index: Int) -> UnsafePointer<UInt8> { read.address(of: header.length + index) }

  /// The CRC-32 of the elements, by which known sets are recognised.
  var checksum: UInt32 {
    withElements { CRC32.of($0) }
  }

  private var read: FileContents {
    guard let contents else { preconditionFailure("a data set that is only described is not read") }
    return contents
  }
}

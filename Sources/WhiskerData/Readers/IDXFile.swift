import WhiskerTensor

/// An array of bytes in the IDX format of MNIST, plain or gzipped.
/// Format: http://yann.lecun.com/exdb/mnist/ ("The IDX file format").
struct IDXFile: Sendable {
  let path: String
  /// The extent of each dimension, outermost first.
  let dimensions: [Int]
  /// The number of elements.
  let count: Int

  private let contents: FileContents
  private let headerSize: Int

  private static let unsignedByte: UInt8 = 0x08
  private static let headerLimit = 4 + 4 * 4
  /// The largest gzipped file, and the largest contents of one, in bytes: those are held in memory.
  private static let expandedLimit = 4 << 30

  /// Reads a file of unsigned bytes with the given number of dimensions.
  /// - Throws: `FileError` when it cannot be read, or its header does not fit the wanted kind or its length.
  init(_ path: String, dimensionCount: Int) throws {
    let start = try FileBytes.head(path, count: Self.headerLimit)
    let isCompressed = Gzip.isCompressed(start)
    let stored = isCompressed ? try FileBytes.read(path, limit: Self.expandedLimit) : []
    let head = isCompressed ? try Gzip.prefix(stored, count: Self.headerLimit, name: path) : start
    dimensions = try Self.dimensions(head, path: path, count: dimensionCount)
    count = try Self.product(dimensions, limit: isCompressed ? Self.expandedLimit : Int.max, path: path)
    headerSize = 4 + 4 * dimensionCount
    let size = headerSize + count
    contents =
      isCompressed
      ? FileContents(try Gzip.expand(stored, limit: size, name: path)) : try FileContents(mapping: path)
    guard contents.count == size else {
      throw FileError(
        path,
        "is \(contents.count) bytes long\(isCompressed ? " when expanded" : ""), "
          + "but its header announces \(size)", advice: "Get the file again")
    }
    self.path = path
  }

  /// The elements, in row-major order.
  func withElements<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try contents.withBytes { try body(UnsafeRawBufferPointer(rebasing: $0[headerSize...])) }
  }

  /// Where an element lies, for as long as the file is held.
  func address(of index: Int) -> UnsafePointer<UInt8> { contents.address(of: headerSize + index) }

  /// Whether the file starts like an IDX file of any kind, plain or gzipped.
  static func isIDX(_ bytes: [UInt8], path: String) -> Bool {
    let head = Gzip.isCompressed(bytes) ? (try? Gzip.prefix(bytes, count: 4, name: path)) ?? [] : bytes
    return head.count >= 4 && head[0] == 0 && head[1] == 0 && (0x08...0x0E).contains(head[2]) && head[3] > 0
  }

  /// The CRC-32 of the elements, by which known sets are recognised.
  var checksum: UInt32 {
    withElements { CRC32.of($0) }
  }

  private static func dimensions(_ head: [UInt8], path: String, count: Int) throws -> [Int] {
    guard head.count >= 4, head[0] == 0, head[1] == 0 else {
      throw FileError(path, "is not an IDX file: it does not start with two zero bytes")
    }
    guard head[2] == unsignedByte else {
      throw FileError(
        path, "holds elements of type 0x\(String(head[2], radix: 16)), not unsigned bytes (0x8)")
    }
    guard Int(head[3]) == count else {
      throw FileError(
        path, "has \(head[3]) dimensions, not \(count)",
        advice: count == 3 ? "Is it the labels' file?" : "Is it the images' file?")
    }
    guard head.count >= 4 + 4 * count else { throw FileError(path, "is cut short within its header") }
    return (0..<count).map { dimension in
      (0..<4).reduce(0) { $0 << 8 | Int(head[4 + 4 * dimension + $1]) }
    }
  }

  private static func product(_ dimensions: [Int], limit: Int, path: String) throws -> Int {
    var size = 1
    for extent in dimensions {
      let (product, overflow) = size.multipliedReportingOverflow(by: extent)
      guard !overflow, product <= limit - headerLimit else {
        throw FileError(path, "announces more data than an IDX file may hold here (\(limit) bytes)")
      }
      size = product
    }
    return size
  }
}

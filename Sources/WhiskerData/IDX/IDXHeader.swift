import WhiskerCore

/// The header of an IDX file, read without the contents: of a gzipped file, no more is expanded.
struct IDXHeader: Sendable {
  /// The type of the elements.
  enum Element: UInt8 {
    case byte = 0x08
    /// Four bytes, big-endian.
    case int = 0x0C

    var size: Int { self == .int ? 4 : 1 }
  }

  let path: String
  let element: Element
  let isCompressed: Bool
  /// The extent of each dimension, outermost first.
  let dimensions: [Int]
  /// The number of elements.
  let count: Int

  /// The header's length in bytes.
  var length: Int { 4 + 4 * dimensions.count }
  /// The length of header and elements in bytes.
  var size: Int { length + count * element.size }

  private static let lengthLimit = 4 + 4 * 4
  /// The bytes of a gzipped file that are read to find the header: a gzip header may hold names and comments.
  private static let gzipHead = 256 << 10
  /// The largest contents of a gzipped file, which are held in memory, in bytes. Images have three dimensions.
  private static func expandedLimit(_ dimensionCount: Int) -> Int {
    dimensionCount < 3 ? 256 << 20 : 4 << 30
  }

  /// Reads the header of a file with the given elements and number of dimensions.
  /// - Throws: `FileError` when it cannot be read, or does not fit the wanted kind or the file's length.
  init(_ path: String, dimensionCount: Int, of element: Element = .byte) throws {
    let start = try FileBytes.head(path, count: Self.lengthLimit)
    isCompressed = Gzip.isCompressed(start)
    let head = isCompressed ? try Self.expandedHead(path) : start
    (self.path, self.element) = (path, element)
    dimensions = try Self.dimensions(head, path: path, count: dimensionCount, element)
    let limit = isCompressed ? Self.expandedLimit(dimensionCount) : Int.max
    count = try Self.product(dimensions, limit: limit / element.size, path: path)
    guard !isCompressed, let length = try FileBytes.size(pathBytes(path), name: path) else { return }
    try check(length)
  }

  /// - Parameter found: The length of the file or of what it expands to, in bytes.
  /// - Throws: `FileError` when it does not fit the header.
  func check(_ found: Int) throws {
    guard found == size else {
      throw FileError(
        path,
        "is \(found) bytes long\(isCompressed ? " when expanded" : ""), but its header announces \(size)",
        advice: "Get the file again")
    }
  }

  /// Whether the bytes start like an IDX file of any kind, plain or gzipped.
  static func isIDX(_ bytes: [UInt8], path: String) -> Bool {
    let head = Gzip.isCompressed(bytes) ? (try? Gzip.prefix(bytes, count: 4, name: path)) ?? [] : bytes
    return head.count >= 4 && head[0] == 0 && head[1] == 0 && (0x08...0x0E).contains(head[2]) && head[3] > 0
  }

  private static func expandedHead(_ path: String) throws -> [UInt8] {
    try Gzip.prefix(FileBytes.head(path, count: gzipHead), count: lengthLimit, name: path)
  }

  private static func dimensions(
    _ head: [UInt8], path: String, count: Int, _ element: Element
  ) throws -> [Int] {
    guard head.count >= 4, head[0] == 0, head[1] == 0 else {
      throw FileError(path, "is not an IDX file: it does not start with two zero bytes")
    }
    guard head[2] == element.rawValue else {
      throw FileError(
        path,
        "holds elements of type 0x\(String(head[2], radix: 16)), not "
          + (element == .int ? "integers (0xc)" : "unsigned bytes (0x8)"))
    }
    guard Int(head[3]) == count else {
      throw FileError(
        path, "has \(head[3]) dimensions, not \(count)",
        advice: count == 3 ? "Is it the labels file?" : "Is it the images file?")
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
      guard !overflow, product <= limit - lengthLimit else {
        throw FileError(path, "announces more data than an IDX file may hold here (\(limit) bytes)")
      }
      size = product
    }
    return size
  }
}

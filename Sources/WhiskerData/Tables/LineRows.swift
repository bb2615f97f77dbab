import WhiskerCore

/// A text with one field per line and no header: a list of paths.
struct LineRows: TableReader {
  private let bytes: UnsafeRawBufferPointer
  private let name: String
  private var position: Int
  private var line = 1

  /// The lines of the file called `name`, whose contents are `bytes`.
  init(_ bytes: UnsafeRawBufferPointer, name: String) {
    (self.bytes, self.name) = (bytes, name)
    position = ByteOrderMark.length(bytes)
  }

  mutating func next(_ row: inout TableRow) throws -> Bool {
    row.removeAll()
    row.line = line
    guard position < bytes.count else { return false }
    let rest = bytes[position...].prefix(TableLimits.rowSize)
    let text = rest.prefix { $0 != UInt8(ascii: "\n") }
    guard text.endIndex == bytes.count || text.count < TableLimits.rowSize else {
      throw FileError(name, "has more than \(TableLimits.rowSize) bytes in line \(line)")
    }
    row.append(contentsOf: text.last == UInt8(ascii: "\r") ? text.dropLast() : text)
    row.endField()
    position = text.endIndex + 1
    line += 1
    return true
  }
}

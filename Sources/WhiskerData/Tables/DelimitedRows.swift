import WhiskerCore

/// A table whose fields are separated by one byte, and quoted where needed (RFC 4180).
///
/// It reads what Python's csv module reads: a quote counts only at the start of a field, a quoted field may hold line feeds, and lines
/// end with LF, CR LF or CR. Only a quoted field without an end is an error here.
package struct DelimitedRows: TableReader {
  private enum State { case start, plain, quoted, afterQuote }

  private let bytes: UnsafeRawBufferPointer
  private let separator: UInt8
  private let name: String
  private var position: Int
  private var line = 1

  private static let quote = UInt8(ascii: "\"")
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  /// The rows of the file called `name`, whose contents are `bytes`.
  package init(_ bytes: UnsafeRawBufferPointer, separator: UInt8, name: String) {
    (self.bytes, self.separator, self.name) = (bytes, separator, name)
    position = ByteOrderMark.length(bytes)
  }

  package mutating func next(_ row: inout TableRow) throws -> Bool {
    row.removeAll()
    row.line = line
    let start = position
    guard start < bytes.count else { return false }
    let end = min(bytes.count, start + TableLimits.rowSize)
    var state = State.start
    while position < end {
      let byte = bytes[position]
      position += 1
      switch (state, byte) {
      case (.start, Self.quote): state = .quoted
      case (.quoted, Self.quote): state = .afterQuote
      case (.quoted, _):
        if byte == Self.lineFeed { line += 1 }
        row.append(byte)
      case (.afterQuote, Self.quote):
        row.append(byte)
        state = .quoted
      case (_, separator):
        row.endField()
        guard row.count < TableLimits.fields else {
          throw FileError(name, "has more than \(TableLimits.fields) fields in line \(row.line)")
        }
        state = .start
      case (_, Self.lineFeed), (_, Self.carriageReturn):
        if byte == Self.carriageReturn, position < bytes.count, bytes[position] == Self.lineFeed {
          position += 1
        }
        line += 1
        row.endField()
        return true
      default:
        row.append(byte)
        state = .plain
      }
    }
    guard state != .quoted else {
      throw FileError(
        name, "has a quoted field in line \(row.line) that does not end",
        advice: "Close it with a double quote; within a field, a double quote is written twice")
    }
    guard end == bytes.count else {
      throw FileError(name, "has more than \(TableLimits.rowSize) bytes in line \(row.line)")
    }
    row.endField()
    return true
  }
}

/// The mark with which some programs start a text file.
enum ByteOrderMark {
  private static let utf8: [UInt8] = [0xEF, 0xBB, 0xBF]
  private static let wide: [[UInt8]] = [[0xFF, 0xFE], [0xFE, 0xFF]]

  /// The length of the mark of UTF-8 at the start; 0 without one.
  static func length(_ bytes: some Sequence<UInt8>) -> Int { bytes.starts(with: utf8) ? utf8.count : 0 }

  /// Whether the text is UTF-16.
  static func isWide(_ bytes: some Sequence<UInt8>) -> Bool { wide.contains { bytes.starts(with: $0) } }
}

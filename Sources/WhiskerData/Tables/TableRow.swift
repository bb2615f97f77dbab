/// One row of a text table: its fields as bytes, which need not be UTF-8.
package struct TableRow {
  /// The number of the line that it starts in, counted from 1.
  package var line = 1
  private var bytes: [UInt8] = []
  private var ends: [Int] = []

  /// The number of fields.
  package var count: Int { ends.count }

  /// A field.
  package subscript(index: Int) -> ArraySlice<UInt8> {
    bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
  }

  /// A row without fields.
  package init() {}

  /// Whether all fields are empty, as in an empty line.
  var isEmpty: Bool { bytes.isEmpty }

  /// The fields as text; invalid UTF-8 is replaced.
  var texts: [String] { (0..<count).map { String(decoding: self[$0], as: UTF8.self) } }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
  }

  /// Adds a byte to the field that has not ended.
  mutating func append(_ byte: UInt8) { bytes.append(byte) }

  /// Adds bytes to the field that has not ended.
  mutating func append(contentsOf more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

  /// Ends a field.
  mutating func endField() { ends.append(bytes.count) }
}

/// Reads a text table row by row.
package protocol TableReader {
  /// Reads the next row into `row`. An empty line is a row with one empty field.
  /// - Returns: False at the end.
  /// - Throws: `FileError` that names the line, for a row that is too long or malformed.
  mutating func next(_ row: inout TableRow) throws -> Bool
}

/// Limits of all text tables. They are far above what people write, and keep memory bounded.
enum TableLimits {
  /// The longest row, in bytes.
  static let rowSize = 1 << 20
  /// The most fields of a row.
  static let fields = 1 << 16
  /// The largest file, in bytes.
  static let fileSize = 1 << 32
}

/// Comma-separated values (RFC 4180).
package enum CSV {
  /// One row with its line feed. Fields are quoted where needed.
  package static func row(_ fields: [String]) -> String { fields.map(field).joined(separator: ",") + "\n" }

  private static func field(_ text: String) -> String {
    let special = text.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
    return special
      ? "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
      : text
  }

  /// The rows of a text, unquoted.
  package static func parse(_ text: String) -> [[String]] {
    var rows: [[String]] = []
    Array(text.utf8).withUnsafeBytes { bytes in forEachRow(in: bytes) { rows.append($0) } }
    return rows
  }

  /// Calls `body` with each row of a text, unquoted.
  package static func forEachRow(
    in bytes: UnsafeRawBufferPointer, _ body: ([String]) throws -> Void
  ) rethrows {
    var row: [String] = []
    var field: [UInt8] = []
    var isQuoted = false
    var position = 0
    func end() {
      row.append(String(decoding: field, as: UTF8.self))
      field.removeAll(keepingCapacity: true)
    }
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        // Inside quotes, two quotes are an escaped quote.
        if isQuoted && position < bytes.count && bytes[position] == byte {
          field.append(byte)
          position += 1
        } else {
          isQuoted.toggle()
        }
      case UInt8(ascii: ",") where !isQuoted: end()
      case UInt8(ascii: "\n") where !isQuoted:
        end()
        try body(row)
        row.removeAll(keepingCapacity: true)
      case UInt8(ascii: "\r") where !isQuoted: break
      default: field.append(byte)
      }
    }
    guard !row.isEmpty || !field.isEmpty else { return }
    end()
    try body(row)
  }
}

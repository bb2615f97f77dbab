import WhiskerCore

/// A table in JSON Lines: an object per line, whose keys are the columns. The first object decides which there are.
struct JSONRows: TableReader {
  /// The columns, in byte order.
  private(set) var columns: [String] = []
  private var lines: LineRows
  private let name: String
  private var text = TableRow()

  /// The objects of the file called `name`, whose contents are `bytes`.
  /// - Throws: `FileError` when the first line that is not empty holds no object.
  init(_ bytes: UnsafeRawBufferPointer, name: String) throws {
    (self.name, lines) = (name, LineRows(bytes, name: name))
    var first = lines
    var row = TableRow()
    while try first.next(&row) {
      guard !row.isBlank else { continue }
      columns = try object(row).keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      return
    }
  }

  mutating func next(_ row: inout TableRow) throws -> Bool {
    row.removeAll()
    repeat {
      guard try lines.next(&text) else { return false }
    } while text.isBlank
    row.line = text.line
    let values = try object(text)
    for column in columns {
      row.append(contentsOf: (values[column]?.text ?? "").utf8)
      row.endField()
    }
    return true
  }

  private func object(_ row: TableRow) throws -> [String: Value] {
    guard let text = String(validating: row[0], as: UTF8.self) else {
      throw FileError(name, "is not UTF-8 in line \(row.line)")
    }
    guard let object = try? StableJSON.decode([String: Value].self, from: text) else {
      throw FileError(
        name, "holds no JSON object in line \(row.line)",
        advice: #"Each line is an object: {"path": "cat/1.jpg", "label": "cat"}"#)
    }
    return object
  }

  /// A value as the text of a field; nil for null, lists and objects.
  private struct Value: Decodable {
    let text: String?

    init(from decoder: any Decoder) throws {
      guard let container = try? decoder.singleValueContainer() else {
        text = nil
        return
      }
      if let string = try? container.decode(String.self) {
        text = string
      } else if let bool = try? container.decode(Bool.self) {
        text = "\(bool)"
      } else if let number = try? container.decode(Int.self) {
        text = "\(number)"
      } else {
        text = (try? container.decode(Double.self)).map { "\($0)" }
      }
    }
  }
}

extension TableRow {
  /// Whether the first field holds nothing but blanks.
  fileprivate var isBlank: Bool { self[0].allSatisfy { " \t\r".utf8.contains($0) } }
}

import WhiskerCore

/// The columns of a list of pictures, found by their names.
struct ListColumns: Sendable {
  /// The columns that the user named; nil to find them.
  struct Names: Sendable {
    var path: String?
    var label: String?

    init(path: String? = nil, label: String? = nil) { (self.path, self.label) = (path, label) }
  }

  let path: Int
  /// Nil where the list has no labels.
  let label: Int?
  let split: Int?
  let group: Int?
  /// Where no column holds labels: the columns of classes, of which each row has a 1 in one and 0 in the others; empty for none.
  let classes: [(name: String, column: Int)]

  /// The usual names, in small letters with `_` between words.
  private static let paths = [
    "path", "filename", "file_name", "file", "filepath", "file_path", "image", "image_path", "img",
    "img_path",
    "image_name", "picture", "photo",
  ]
  /// Names of columns that often hold something else.
  private static let unsurePaths = ["id", "image_id"]
  private static let labels = ["label", "class", "category", "target", "label_name", "class_name"]
  private static let columnsShown = 10

  /// The columns of a table with this header.
  /// - Parameter first: The first row; nil where there is none.
  /// - Parameter isPath: Whether a value of the first row is the path of a file, where the column's name leaves that open.
  /// - Throws: `FileError` when the path or the label cannot be found, or is ambiguous; it lists the columns.
  init(
    _ header: [String], of file: String, _ names: Names, first: TableRow?, isPath: (ArraySlice<UInt8>) -> Bool
  ) throws {
    let plain = header.map(Self.plain)
    func column(_ wanted: String?, _ usual: [String], _ setting: Setting) throws -> Int? {
      if let wanted {
        if let index = header.firstIndex(of: wanted) ?? plain.firstIndex(of: Self.plain(wanted)) {
          return index
        }
        throw FileError(
          file, "has no column \(wanted), but \(Self.list(header))", advice: "Correct \(setting)")
      }
      let found = plain.indices.filter { usual.contains(plain[$0]) }
      guard found.count < 2 else {
        throw FileError(
          file, "has several columns that can be meant: \(Self.list(found.map { header[$0] }))",
          advice: "Choose one with \(setting)")
      }
      return found.first
    }
    let unsure = plain.indices.first { column in
      Self.unsurePaths.contains(plain[column]) && first.map { isPath($0[column]) } ?? false
    }
    guard let path = try column(names.path, Self.paths, .pathColumn) ?? unsure else {
      throw FileError(
        file, "has no column with the paths of pictures, but \(Self.list(header))",
        advice: "Call it path, filename or image, or name it with \(.pathColumn)")
    }
    self.path = path
    label = try column(names.label, Self.labels, .labelColumn)
    split = plain.firstIndex(of: "split")
    group = plain.firstIndex(of: "group")
    let used = [path, split, group]
    let others = header.indices.filter { !used.contains($0) }
    let areClasses = others.count > 1 && Set(others.map { header[$0] }).count == others.count
    let isOneHot = label == nil && areClasses && others.allSatisfy { Self.bit(first?[$0]) != nil }
    classes = isOneHot ? others.map { (header[$0], $0) } : []
  }

  private init(path: Int) { (self.path, label, split, group, classes) = (path, nil, nil, nil, []) }

  /// Whether a field is 1 (true) or 0 (false), as a whole number or not; nil for everything else.
  static func bit(_ field: ArraySlice<UInt8>?) -> Bool? {
    switch field.map({ String(decoding: $0, as: UTF8.self) }) {
    case "1", "1.0": true
    case "0", "0.0": false
    default: nil
    }
  }

  /// Those of a file with a path per line.
  static let onlyPath = ListColumns(path: 0)

  /// Whether a name is one of a column with paths.
  static func isPath(_ name: String) -> Bool { (paths + unsurePaths).contains(plain(name)) }

  /// The columns in words, for an error.
  static func list(_ header: [String]) -> String {
    let names = header.prefix(columnsShown).map { $0.isEmpty ? "(no name)" : String($0.prefix(40)) }
    let rest = header.count - columnsShown
    return names.joined(separator: ", ") + (rest > 0 ? " and \(counted(rest, "other"))" : "")
  }

  private static func plain(_ name: String) -> String {
    let trimmed = name.drop(while: \.isWhitespace)
    let end = trimmed.lastIndex { !$0.isWhitespace }.map { trimmed.index(after: $0) } ?? trimmed.startIndex
    return String(trimmed[..<end].lowercased().map { $0 == " " || $0 == "-" ? "_" : $0 })
  }
}

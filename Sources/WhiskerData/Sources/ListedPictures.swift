import WhiskerCore

/// The pictures that a list names, each once, in plain byte order of their paths.
struct ListedPictures {
  /// One picture of a list.
  struct Picture {
    let path: RelativePath
    /// The number of its label in `labels`.
    let label: Int
    let split: DataSource.Split?
    /// The number of its group; nil for none.
    let group: Int?
  }

  /// The labels in the order of the list.
  let labels: [String]
  /// The names of the groups.
  let groups: [String]
  /// Whether the list divides the pictures into splits.
  let isDivided: Bool
  /// Notes on the rows, a sentence each.
  private(set) var notes: [String] = []

  private var rows = Rows()
  /// The rows of the pictures, in order.
  private var order: [Int] = []

  /// The rows as they are listed, packed.
  private struct Rows {
    var paths = PathList()
    var labels: [Int32] = []
    var splits: [UInt8] = []
    var groups: [Int32] = []
    var lines: [Int] = []
    /// The number of rows whose names start with no class, where the names decide.
    var unnamed = 0
  }

  /// Names that are numbered as they come.
  private struct Numbers {
    private(set) var names: [String] = []
    private var known: [String: Int] = [:]

    mutating func number(of name: String) -> Int {
      if let number = known[name] { return number }
      known[name] = names.count
      names.append(name)
      return names.count - 1
    }
  }

  var count: Int { order.count }

  subscript(index: Int) -> Picture {
    let row = order[index]
    return Picture(
      path: rows.paths[row], label: Int(rows.labels[row]),
      split: rows.splits[row] == 0 ? nil : DataSource.Split.allCases[Int(rows.splits[row]) - 1],
      group: rows.groups[row] < 0 ? nil : Int(rows.groups[row]))
  }

  /// Reads the rows of a list.
  /// - Parameter labelsFromNames: Whether a picture's label is the start of its file's name.
  /// - Throws: `FileError` that names the line, for a row without a path or a label, and for a path with several labels.
  init(_ list: ListFile, _ columns: ListColumns, labelsFromNames: Bool) throws {
    var (rows, labels, groups) = (Rows(), Numbers(), Numbers())
    isDivided = columns.split != nil
    try list.forEachRow { row in
      let path = try Self.path(row[columns.path], list.path, row.line)
      let label: String?
      if labelsFromNames {
        label = path.classInName
      } else if !columns.classes.isEmpty {
        label = try Self.label(of: columns.classes, row, list.path)
      } else {
        label = try columns.label.map { try Self.label(row[$0], list.path, row.line) }
      }
      guard let label else { return rows.unnamed += 1 }
      rows.paths.append(path)
      rows.labels.append(Int32(labels.number(of: label)))
      rows.splits.append(UInt8(try columns.split.map { try Self.split(row[$0], list.path, row.line) } ?? 0))
      let group = columns.group.map { Self.trimmed(row[$0]) } ?? []
      rows.groups.append(group.isEmpty ? -1 : Int32(groups.number(of: printable(Array(group)))))
      rows.lines.append(row.line)
    }
    (self.labels, self.groups) = (labels.names, groups.names)
    guard rows.paths.count <= Int(Int32.max) else {
      throw FileError(list.path, "lists \(rows.paths.count) pictures, more than can be used")
    }
    self.rows = rows
    try sort(list.path)
    if rows.unnamed > 0 {
      notes.append("\(counted(rows.unnamed, "row")) ignored, whose file names start with no class")
    }
  }

  /// Puts the pictures in order, and leaves out those that are listed again.
  /// - Throws: `FileError` for a picture that is listed again with something else.
  private mutating func sort(_ list: String) throws {
    let paths = rows.paths
    order = Array(0..<paths.count)
    let isSorted = zip(order, order.dropFirst()).allSatisfy { !paths.precedes($1, $0) }
    if !isSorted {
      order.sort { paths.precedes($0, $1) || !paths.precedes($1, $0) && $0 < $1 }
    }
    var repeated: [Int] = []
    var kept: [Int] = []
    kept.reserveCapacity(order.count)
    for row in order {
      guard let first = kept.last, !paths.precedes(first, row) else {
        kept.append(row)
        continue
      }
      let differences = [
        (rows.labels[first] != rows.labels[row], "labels"),
        (rows.splits[first] != rows.splits[row], "splits"),
        (rows.groups[first] != rows.groups[row], "groups"),
      ]
      if let difference = differences.first(where: \.0)?.1 {
        throw FileError(
          list,
          "lists \(paths[row]) with two \(difference), in line \(rows.lines[first]) and line \(rows.lines[row])",
          advice: "Remove one of the lines")
      }
      repeated.append(row)
    }
    if let first = repeated.min() {
      notes.append(
        "\(counted(repeated.count, "row")) \(repeated.count == 1 ? "repeats" : "repeat") another and "
          + "\(repeated.count == 1 ? "is" : "are") ignored, such as line \(rows.lines[first]), \(paths[first])"
      )
    }
    order = kept
  }

  /// A path without parts that lead nowhere: `./cat//1.jpg` is `cat/1.jpg`.
  static func path(_ bytes: ArraySlice<UInt8>, _ list: String, _ line: Int) throws -> RelativePath {
    guard !bytes.isEmpty else { throw FileError(list, "has no path in line \(line)") }
    guard !bytes.contains(0) else { throw FileError(list, "has a path with a zero byte in line \(line)") }
    return RelativePath(bytes: Array(bytes)).normalized
  }

  private static func label(_ bytes: ArraySlice<UInt8>, _ list: String, _ line: Int) throws -> String {
    let label = trimmed(bytes)
    guard !label.isEmpty else {
      throw FileError(list, "has no label in line \(line)", advice: "Add the label, or remove the line")
    }
    guard let text = String(validating: label, as: UTF8.self), isPrintable(text) else {
      throw FileError(
        list, "has a label in line \(line) that is not plain text: \(printable(Array(label)).prefix(40))",
        advice: "Save the list as UTF-8")
    }
    return text
  }

  /// The class whose column has a 1.
  private static func label(
    of classes: [(name: String, column: Int)], _ row: TableRow, _ list: String
  ) throws -> String {
    let bits = try classes.map { name, column in
      guard let bit = ListColumns.bit(row[column]) else {
        throw FileError(list, "has neither 0 nor 1 in line \(row.line), column \(name)")
      }
      return bit
    }
    let count = bits.count { $0 }
    guard let label = bits.firstIndex(of: true), count == 1 else {
      throw FileError(
        list, "has \(counted(count, "class", "classes")) in line \(row.line)",
        advice: "A picture belongs to one class: one of the columns is 1, the others are 0")
    }
    return try Self.label(Array(classes[label].name.utf8)[...], list, 1)
  }

  /// The number of a split, counted from 1.
  private static func split(_ bytes: ArraySlice<UInt8>, _ list: String, _ line: Int) throws -> Int {
    let name = RelativePath(bytes: Array(trimmed(bytes)))
    guard let split = SplitName.split(name), let index = DataSource.Split.allCases.firstIndex(of: split)
    else {
      throw FileError(
        list,
        "has \(name.bytes.isEmpty ? "no split" : "an unknown split, \(name.description.prefix(40)),") in line \(line)",
        advice: "Splits are called train, val and test")
    }
    return index + 1
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    let start = bytes.drop(while: isBlank)
    return start[..<(start.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? start.startIndex)]
  }
}

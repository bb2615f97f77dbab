import WhiskerCore

extension ClassChanges {
  /// The most bytes of a file of changes.
  private static let sizeLimit = 1 << 24

  /// Reads a CSV file without a header: the name of a class and its new name per line. Without a new name, the class is dropped; a
  /// class that has no line stays as it is.
  /// - Throws: `FileError` when it cannot be read, or a line is malformed.
  public init(_ path: String) throws {
    let bytes = try FileBytes.read(path, limit: Self.sizeLimit)
    guard !ByteOrderMark.isWide(bytes) else { throw FileError(path, "is UTF-16", advice: "Save it as UTF-8") }
    var changes: [Change] = []
    var lines: [String: Int] = [:]
    try bytes.withUnsafeBytes { bytes in
      var (rows, row) = (DelimitedRows(bytes, separator: UInt8(ascii: ","), name: path), TableRow())
      while try rows.next(&row) {
        guard !row.isEmpty else { continue }
        let names = (0..<row.count).map { String(validating: row[$0], as: UTF8.self)?.trimmed }
        guard row.count == 2, let old = names[0], let new = names[1], !old.isEmpty, isPrintable(old + new)
        else {
          throw FileError(
            path, "has no class and its new name in line \(row.line)",
            advice: "Each line is \"old,new\"; \"old,\" drops a class")
        }
        if let line = lines[old] {
          throw FileError(path, "changes the class \(old) twice, in line \(line) and line \(row.line)")
        }
        lines[old] = row.line
        changes.append(Change(old, to: new.isEmpty ? nil : new))
      }
    }
    guard !changes.isEmpty else { throw FileError(path, "changes no class") }
    self.init(changes)
  }
}

extension String {
  /// The text without blanks around it.
  var trimmed: String {
    let start = drop { $0.isWhitespace }
    return String(start.lastIndex { !$0.isWhitespace }.map { start[...$0] } ?? "")
  }
}

extension DataSource {
  /// The same source with other classes.
  /// - Parameter names: The wanted order of the new classes; nil for plain byte order.
  /// - Throws: `FileError` when the changes or the order name other classes than there are.
  func changed(by changes: ClassChanges, order names: [String]?) throws -> DataSource {
    let newNames = try changes.newNames(of: classNames, in: path)
    let found = Set(newNames.compactMap { $0 })
    let ordered = names ?? found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    guard !found.isEmpty else { throw FileError(path, "has no class left: \(.classChanges) drops all") }
    guard Set(ordered) == found, ordered.count == found.count else {
      throw FileError(
        path, "has the classes \(found.sorted().prefix(20).joined(separator: ", ")) after \(.classChanges)",
        advice: "Name each of them once with \(.classNames)")
    }
    let numbers = Dictionary(uniqueKeysWithValues: ordered.enumerated().map { ($1, $0) })
    let labels = newNames.map { $0.flatMap { numbers[$0] } }
    var dropped = [Int](repeating: 0, count: classNames.count)
    let datasets = splits.mapValues { dataset in
      var part = JoinedDataset.Part(dataset.kept)
      part.labels = labels
      if labels.contains(nil) {
        part.indices = (0..<SampleIndex(dataset.count)).filter { index in
          let label = dataset.label(at: Int(index))
          guard labels[label] == nil else { return true }
          dropped[label] += 1
          return false
        }
      }
      return JoinedDataset([part], classNames: ordered)
    }
    return DataSource(
      path: path, kind: kind, classNames: ordered, preprocessing: preprocessing.kept, splits: datasets,
      notes: notes + Self.notes(classNames, newNames, dropped), refused: refused)
  }

  private static func notes(_ old: [String], _ new: [String?], _ dropped: [Int]) -> [String] {
    let shown = 10
    let left = old.indices.filter { new[$0] == nil }
    var notes: [String] = []
    if !left.isEmpty {
      let names = left.prefix(shown).map { "\(old[$0]) \(grouped(dropped[$0]))" }.joined(separator: ", ")
      notes.append(
        "\(counted(left.count, "class", "classes")) dropped (\(names)\(left.count > shown ? ", ..." : ""))")
    }
    let merged = Dictionary(grouping: old.indices.filter { new[$0] != nil }) { new[$0] ?? "" }
      .filter { $0.value.count > 1 }.sorted { $0.key < $1.key }
    for (name, classes) in merged.prefix(shown) {
      let names = classes.prefix(shown).map { old[$0] }.joined(separator: ", ")
      notes.append("\(name) joins \(names)\(classes.count > shown ? ", ..." : "")")
    }
    return notes
  }
}

import WhiskerCore

/// A text file that lists pictures: CSV, TSV or JSON Lines with a column of paths, or a path per line.
struct ListFile {
  /// How the file is divided into rows and fields.
  private enum Format {
    case delimited(UInt8)
    case json
    case lines
  }

  let path: String
  private let contents: FileContents
  private let format: Format
  /// The names of the columns; nil for a path per line.
  let header: [String]?

  private static let separators = [",", ";", "\t"].map { UInt8(ascii: $0) }

  /// Opens the list at `path`.
  /// - Parameter allowsLines: Whether a `.txt` file is a list with a path per line.
  /// - Returns: Nil where something else is: by the ending of the name, because it is no text, or because its first line names no
  ///   columns.
  /// - Throws: `FileError` when it cannot be read, or its first row is malformed.
  init?(_ path: String, allowsLines: Bool) throws {
    guard let ending = RelativePath(bytes: pathBytes(path)).ending,
      ["csv", "tsv", "jsonl", "ndjson"].contains(ending) || allowsLines && ending == "txt",
      isFile(path)
    else { return nil }
    let head = try FileBytes.head(path, count: FileFormat.headSize)
    guard !ByteOrderMark.isWide(head) else { throw FileError(path, "is UTF-16", advice: "Save it as UTF-8") }
    guard !head.isEmpty, !head.contains(0), FileFormat(head).picture == nil else { return nil }
    let contents = try FileContents(mapping: path)
    guard contents.count <= TableLimits.fileSize else {
      throw FileError(path, "is \(contents.count) bytes long, over the limit of \(TableLimits.fileSize)")
    }
    (self.path, self.contents) = (path, contents)
    switch ending {
    case "txt": (format, header) = (.lines, nil)
    case "jsonl", "ndjson":
      (format, header) = (.json, try contents.withBytes { try JSONRows($0, name: path).columns })
    default:
      guard let (separator, header) = try Self.header(of: contents, path, isTabbed: ending == "tsv") else {
        return nil
      }
      (format, self.header) = (.delimited(separator), header)
    }
  }

  /// The separator and the fields of the first row. Of several separators, the one that gives a column of paths is meant.
  private static func header(
    of contents: FileContents, _ path: String, isTabbed: Bool
  ) throws -> (UInt8, [String])? {
    let separators = isTabbed ? [UInt8(ascii: "\t")] : Self.separators
    let headers = try separators.map { separator in
      try contents.withBytes {
        var (rows, row) = (DelimitedRows($0, separator: separator, name: path), TableRow())
        while try rows.next(&row), row.isEmpty {}
        return (separator, row.texts)
      }
    }
    let meant = headers.first { $0.1.contains(where: ListColumns.isPath) }
    let widest = headers.max { $0.1.count < $1.1.count }
    guard let header = meant ?? widest, !header.1.allSatisfy({ $0.isEmpty || Double($0) != nil }) else {
      return nil
    }
    return header
  }

  /// Whether the pixels of a table can take more than `size` bytes: each has at least a digit and a separator.
  func mayExceed(_ size: Int) -> Bool { contents.count / 2 > size }

  /// Calls `body` with every row after the header that is not empty.
  /// - Throws: `FileError` that names the line, when a row has too few fields or too many; what `body` throws.
  func forEachRow(_ body: (TableRow) throws -> Void) throws {
    try contents.withBytes { bytes in
      switch format {
      case .delimited(let separator):
        try forEachRow(of: DelimitedRows(bytes, separator: separator, name: path), hasHeader: true, body)
      case .json: try forEachRow(of: JSONRows(bytes, name: path), hasHeader: false, body)
      case .lines: try forEachRow(of: LineRows(bytes, name: path), hasHeader: false, body)
      }
    }
  }

  private func forEachRow(
    of reader: some TableReader, hasHeader: Bool, _ body: (TableRow) throws -> Void
  ) throws {
    var reader = reader
    var row = TableRow()
    var isHeader = hasHeader
    // An object without values is no empty line.
    let skipsEmpty = !(reader is JSONRows)
    let width = header?.count ?? 1
    while try reader.next(&row) {
      guard !row.isEmpty || !skipsEmpty else { continue }
      guard !isHeader else {
        isHeader = false
        continue
      }
      // Spreadsheets add empty fields at the end.
      guard row.count >= width, (width..<row.count).allSatisfy({ row[$0].isEmpty }) else {
        throw FileError(
          path, "has \(counted(row.count, "field")) in line \(row.line), and \(counted(width, "column"))",
          advice: "Put a field that holds a separator into double quotes")
      }
      try body(row)
    }
  }

  /// The first row after the header; nil where there is none.
  /// - Throws: `FileError` when it is malformed.
  func firstRow() throws -> TableRow? {
    struct Found: Error { let row: TableRow }
    do {
      try forEachRow { throw Found(row: $0) }
      return nil
    } catch let found as Found {
      return found.row
    }
  }
}

import WhiskerCore

/// The list of the pictures to leave out of a dataset.
public enum ExclusionList {
  /// The largest list that is read, in bytes.
  private static let sizeLimit = 1 << 28

  /// Reads a list: a table with the column `path`, whose rows count where the column `exclude`, if there is one, is not empty, such
  /// as an audit's; or else one path per line.
  /// - Parameter data: The paths of the datasets. The path of a single one is dropped where it comes first, so that the list also
  ///   fits the dataset in another place.
  /// - Returns: The paths, each once, in the order of the file.
  /// - Throws: `FileError` when the file cannot be read or names no picture.
  public static func read(_ path: String, of data: [String] = []) throws -> [String] {
    var bytes = try FileBytes.read(path, limit: sizeLimit)
    guard !ByteOrderMark.isWide(bytes) else { throw FileError(path, "is UTF-16", advice: "Save it as UTF-8") }
    if let table = try ListFile(path, allowsLines: false), let paths = try markedPaths(of: table) {
      return try unique(paths, path, data)
    }
    bytes.removeFirst(ByteOrderMark.length(bytes))
    let text = String(decoding: bytes, as: UTF8.self)
    let first = CSV.parse(String(text.prefix { !$0.isNewline })).first?.map { $0.lowercased() } ?? []
    guard let name = first.firstIndex(of: "path") else {
      return try unique(text.split(whereSeparator: \.isNewline).map(String.init), path, data)
    }
    let mark = first.firstIndex(of: "exclude")
    let marked = CSV.parse(text).dropFirst().filter { row in
      guard row.indices.contains(name), !row[name].isEmpty else { return false }
      return mark.map { row.indices.contains($0) && !row[$0].allSatisfy(\.isWhitespace) } ?? true
    }
    return try unique(marked.map { $0[name] }, path, data)
  }

  /// The paths in the rows of a table that count; nil where it has no column of paths.
  /// - Throws: `FileError` that names the line, for a malformed row.
  private static func markedPaths(of table: ListFile) throws -> [String]? {
    let columns = (table.header ?? []).map { $0.lowercased() }
    guard let name = columns.firstIndex(of: "path") else { return nil }
    let mark = columns.firstIndex(of: "exclude")
    var paths: [String] = []
    try table.forEachRow { row in
      if let mark, String(decoding: row[mark], as: UTF8.self).allSatisfy(\.isWhitespace) { return }
      guard !row[name].isEmpty else { throw FileError(table.path, "has no path in line \(row.line)") }
      paths.append(String(decoding: row[name], as: UTF8.self))
    }
    return paths
  }

  private static func unique(_ paths: [String], _ file: String, _ data: [String]) throws -> [String] {
    let root = data.count == 1 ? RelativePath(bytes: pathBytes(data[0])).normalized.bytes : []
    var seen: Set<String> = []
    let unique = paths.map { below(root, $0) }.filter { seen.insert($0).inserted }
    guard !unique.isEmpty else {
      throw FileError(
        file, "names no picture to leave out",
        advice: "Write something into the column exclude of an audit's table, or one path per line")
    }
    return unique
  }

  /// A path below the dataset at `root`, without the path of the dataset itself, unless the dataset has a folder of this name.
  private static func below(_ root: [UInt8], _ text: String) -> String {
    let path = RelativePath(bytes: Array(text.utf8)).normalized
    let start = root + [UInt8(ascii: "/")]
    guard !root.isEmpty, path.bytes.starts(with: start), !isThere(start + path.bytes) else {
      return String(decoding: path.bytes, as: UTF8.self)
    }
    return String(decoding: path.bytes.dropFirst(start.count), as: UTF8.self)
  }
}

import WhiskerData
import WhiskerTensor

/// The files that a run was trained on, as `files.csv` of its folder lists them, to tell whether they still are the same.
enum FileList {
  private static let header = ["path", "bytes", "modified"]
  /// How many files a difference names one by one.
  private static let filesNamed = 3

  /// Writes the list of the files of `source` at `path`, atomically.
  /// - Throws: `FileError` when it cannot be written.
  static func write(_ source: DataSource, to path: String) throws {
    let file = try AtomicFile(path)
    var rows = CSV.row(header)
    try forEachFile(of: source) { name, stamp in
      rows += CSV.row([name] + stamp)
      guard rows.utf8.count > 1 << 16 else { return }
      try file.write(rows)
      rows = ""
    }
    try file.write(rows)
    try file.commit()
  }

  /// How the files of `source` differ from those listed at `path`, in words; nil where they do not.
  /// - Throws: `FileError` when the list cannot be read.
  static func difference(of source: DataSource, from path: String) throws -> String? {
    var listed: [String: [String]] = [:]
    try FileContents(mapping: path).withBytes { bytes in
      try CSV.forEachRow(in: bytes) { row in
        guard row.count == header.count else { throw FileError(path, "is not the list of a run's files") }
        listed[row[0]] = Array(row[1...])
      }
    }
    listed[header[0]] = nil
    var (added, changed): ([String], [String]) = ([], [])
    try forEachFile(of: source) { name, stamp in
      guard let old = listed.removeValue(forKey: name) else { return added.append(name) }
      if old != stamp { changed.append(name) }
    }
    let parts = [("missing", listed.keys.sorted()), ("new", added), ("changed", changed)]
    let told = parts.filter { !$0.1.isEmpty }.map {
      named($0.1) + " \($0.1.count == 1 ? "is" : "are") \($0.0)"
    }
    return told.isEmpty ? nil : told.joined(separator: "; ")
  }

  private static func named(_ files: [String]) -> String {
    let rest = files.count - filesNamed
    return files.prefix(filesNamed).joined(separator: ", ")
      + (rest > 0 ? " and \(counted(rest, "other"))" : "")
  }

  private static func forEachFile(
    of source: DataSource, _ body: (_ name: String, _ stamp: [String]) throws -> Void
  ) throws {
    var failure: (any Error)?
    for part in [DataSource.Part.training, .validation] {
      source.parts[part]?.forEachFile { file in
        guard failure == nil else { return }
        do {
          try body(printable(file.path), ["\(file.size)", "\(file.modified)"])
        } catch { failure = error }
      }
    }
    if let failure { throw failure }
  }
}

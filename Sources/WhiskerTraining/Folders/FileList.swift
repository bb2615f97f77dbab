import WhiskerData
import WhiskerCore

/// The files that a run was trained on, listed in its `files.csv`, to find out whether they have changed:
/// contents decide, and times only save reading them.
struct FileList {
  /// The size, time and contents of a file, as they are listed.
  struct Row {
    let size: String
    let modified: String
    /// The fingerprint of the contents in hexadecimal; empty if they had not been read yet, `unreadable` if they cannot be.
    let fingerprint: String

    static let unreadable = "-"

    func hasStamp(of file: SourceFile) -> Bool { size == "\(file.size)" && modified == "\(file.modified)" }
  }

  private let rows: [String: Row]

  private static let header = ["path", "bytes", "modified", "xxh128"]
  /// The number of files that a difference names.
  private static let filesNamed = 3
  /// The number of files per chunk.
  private static let chunk = 4096

  /// Reads the list at `path`.
  /// - Throws: `FileError` when it cannot be read.
  init(_ path: String) throws {
    var rows: [String: Row] = [:]
    try Self.forEachFile(in: path) { rows[$0] = $1 }
    self.rows = rows
  }

  /// Calls `body` with the path and the row of each file of the list at `path`.
  /// - Throws: `FileError` when the list cannot be read.
  static func forEachFile(in path: String, _ body: (String, Row) -> Void) throws {
    try FileContents(mapping: path, followsLinks: false).withBytes { bytes in
      try CSV.forEachRow(in: bytes) { row in
        guard row.count == header.count || row.count == header.count - 1 else {
          throw FileError(path, "is not the list of a run's files")
        }
        guard row[0] != header[0] else { return }
        body(row[0], Row(size: row[1], modified: row[2], fingerprint: row.count > 3 ? row[3] : ""))
      }
    }
  }

  /// An earlier list, and what of it is still valid.
  enum Earlier {
    /// Nothing.
    case none
    /// The fingerprints of files with the same size and time.
    case ofOtherRun(String)
    /// The fingerprints of files of the same size: the list of the run, whose contents have been compared since.
    case compared(String)
    /// The fingerprints, sizes and times: what the run began with.
    case beginning(String)

    fileprivate var list: FileList? {
      switch self {
      case .none: nil
      case .ofOtherRun(let path), .compared(let path), .beginning(let path): try? FileList(path)
      }
    }

    /// The row of a file, with the valid values of its row in the earlier list.
    fileprivate func row(of file: SourceFile, listed: Row?) -> Row {
      let (size, modified) = ("\(file.size)", "\(file.modified)")
      guard let listed else { return Row(size: size, modified: modified, fingerprint: "") }
      let isSame =
        switch self {
        case .none: false
        case .ofOtherRun: listed.hasStamp(of: file)
        case .compared: listed.size == size
        case .beginning: true
        }
      if case .beginning = self { return listed }
      return Row(size: size, modified: modified, fingerprint: isSame ? listed.fingerprint : "")
    }
  }

  /// Writes the list of the files of `source` at `path`, atomically.
  /// - Parameter readAhead: Reads the files whose fingerprints are not known; nil to leave those fingerprints out.
  /// - Returns: Whether no fingerprint was left out.
  /// - Throws: `FileError` when it cannot be written.
  @discardableResult
  static func write(
    _ source: DataSource, to path: String, _ earlier: Earlier, readAhead: ReadAhead?
  ) throws -> Bool {
    let known = earlier.list
    let file = try AtomicFile(path)
    try file.write(CSV.row(header))
    var isComplete = true
    try forEachChunk(of: source) { files in
      var lines = ""
      let row = { @Sendable (place: Int) in
        let file = files[place]
        let row = earlier.row(of: file, listed: known?.rows[printable(file.path)])
        guard row.fingerprint.isEmpty else { return row }
        let read = { file.fingerprint()?.hexadecimal ?? Row.unreadable }
        let fingerprint = file.seen?.hexadecimal ?? (readAhead == nil ? "" : read())
        return Row(size: row.size, modified: row.modified, fingerprint: fingerprint)
      }
      try (readAhead ?? ReadAhead(workers: 0)).inOrder(files.count, chunk: 32, compute: row) { place, row in
        isComplete = isComplete && !row.fingerprint.isEmpty
        lines += CSV.row([printable(files[place].path), row.size, row.modified, row.fingerprint])
      }
      try file.write(lines)
    }
    try file.commit()
    return isComplete
  }

  /// The difference between the files of `source` and the listed ones, in words; nil for none.
  /// - Throws: `ResourceError` when the machine runs out of something.
  func difference(of source: DataSource, readAhead: ReadAhead) throws -> ErrorText? {
    var missing = rows
    var (added, changed): ([String], [String]) = ([], [])
    try Self.forEachChunk(of: source) { files in
      let isSame = { @Sendable (place: Int) in isListed(files[place]) }
      try readAhead.inOrder(files.count, chunk: 32, compute: isSame) { place, isSame in
        let name = printable(files[place].path)
        if missing.removeValue(forKey: name) == nil {
          added.append(name)
        } else if !isSame {
          changed.append(name)
        }
      }
    }
    let parts = [("missing", missing.keys.sorted()), ("new", added), ("changed", changed)]
    let changes = parts.filter { !$0.1.isEmpty }.map {
      Self.named($0.1) + " \($0.1.count == 1 ? "is" : "are") \($0.0)"
    }
    return changes.isEmpty ? nil : "\(changes.joined(separator: "; "))"
  }

  /// Whether a file is unchanged. It is read only if its time alone differs.
  private func isListed(_ file: SourceFile) -> Bool {
    guard let row = rows[printable(file.path)] else { return false }
    if row.hasStamp(of: file) { return true }
    guard row.size == "\(file.size)" else { return false }
    // What had not been read had not been trained on either.
    return row.fingerprint.isEmpty || row.fingerprint == file.fingerprint()?.hexadecimal ?? Row.unreadable
  }

  private static func named(_ files: [String]) -> String {
    let rest = files.count - filesNamed
    return files.prefix(filesNamed).joined(separator: ", ")
      + (rest > 0 ? " and \(counted(rest, "other"))" : "")
  }

  private static func forEachChunk(of source: DataSource, _ body: ([SourceFile]) throws -> Void) throws {
    var files: [SourceFile] = []
    var failure: (any Error)?
    func flush() {
      guard failure == nil, !files.isEmpty else { return }
      do { try body(files) } catch { failure = error }
      files = []
    }
    for part in [DataSource.Split.training, .validation] {
      (source.splits[part] as? any FileBackedDataset)?.forEachFile { file in
        guard failure == nil else { return }
        files.append(file)
        if files.count == chunk { flush() }
      }
    }
    flush()
    if let failure { throw failure }
  }
}

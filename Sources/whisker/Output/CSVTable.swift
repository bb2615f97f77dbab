import WhiskerCore

/// A CSV file that is written row by row. It appears when it is complete; a stream gets the rows as they come.
final class CSVTable {
  private let file: AtomicFile
  private var rows: String

  /// The bytes of rows that are collected before they are written.
  private static let bufferSize = 1 << 16

  /// Starts the file at `path` with the names of its columns.
  /// - Throws: `FileError` when the folder is not writable.
  init(_ path: String, columns: [String]) throws {
    file = try AtomicFile(path, writesStreams: true)
    rows = CSV.row(columns)
  }

  /// Adds a row.
  /// - Throws: `FileError` when it cannot be written.
  func add(_ fields: [String]) throws {
    rows += CSV.row(fields)
    if rows.utf8.count >= Self.bufferSize { try flush() }
  }

  /// Moves the complete file to its path.
  /// - Throws: `FileError`; an existing file is then untouched.
  func commit() throws {
    try flush()
    try file.commit()
  }

  private func flush() throws {
    try file.write(rows)
    rows.removeAll(keepingCapacity: true)
  }
}

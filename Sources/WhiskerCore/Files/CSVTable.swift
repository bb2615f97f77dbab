/// A CSV file that is written row by row. It appears when it is complete; a stream gets the rows as they come.
package final class CSVTable {
  private let file: AtomicFile
  private var rows: String

  /// The bytes of rows that are collected before they are written.
  private static let bufferSize = 1 << 16

  /// Starts the file at `path` with the names of its columns.
  /// - Parameter writesStreams: Whether the path may be that of a stream or a device.
  /// - Throws: `FileError` when the folder is not writable.
  package init(_ path: String, columns: [String], writesStreams: Bool = false) throws {
    file = try AtomicFile(path, writesStreams: writesStreams)
    rows = CSV.row(columns)
  }

  /// Adds a row.
  /// - Throws: `FileError` when it cannot be written.
  package func add(_ fields: [String]) throws {
    rows += CSV.row(fields)
    if rows.utf8.count >= Self.bufferSize { try flush() }
  }

  /// Moves the complete file to its path.
  /// - Throws: `FileError`; an existing file is then untouched.
  package func commit() throws {
    try flush()
    try file.commit()
  }

  private func flush() throws {
    try file.write(rows)
    rows.removeAll(keepingCapacity: true)
  }
}

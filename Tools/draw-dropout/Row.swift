import Foundation
import WhiskerCore

/// A row of a CSV file, by column name.
struct Row {
  private let fields: [String: String]

  /// The rows of a file.
  /// - Throws: An error naming the file, when it cannot be read.
  static func all(in path: String) throws -> [Row] {
    let rows = CSV.parse(try text(path))
    guard let names = rows.first else {
      throw FileError(path, "is empty: remove its folder and run the script again")
    }
    return rows.dropFirst().map { Row(fields: Dictionary(zip(names, $0)) { $1 }) }
  }

  subscript(_ column: String) -> String { fields[column] ?? "" }

  /// The row with some values replaced.
  func with(_ values: [String: String]) -> Row { Row(fields: fields.merging(values) { $1 }) }

  /// NaN if the column has no number.
  func number(_ column: String) -> Double { Double(self[column]) ?? .nan }
}

/// The text of a file.
func text(_ path: String) throws -> String {
  do {
    return try String(contentsOfFile: path, encoding: .utf8)
  } catch {
    throw FileError(path, "cannot be read: run scripts/dropout-figures again")
  }
}

/// Writes a file and prints its name and size.
func write(_ text: String, to path: String) throws {
  try AtomicFile.write(text, to: path)
  print("\(path), \(grouped(text.utf8.count)) bytes")
}

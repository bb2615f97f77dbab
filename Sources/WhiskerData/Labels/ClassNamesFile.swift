import WhiskerCore

/// A text file that names the classes, one a line.
struct ClassNamesFile {
  /// The classes, in the order of their labels.
  let names: [String]

  private static let sizeLimit = 1 << 20
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
  private static let wideMarks: [[UInt8]] = [[0xFF, 0xFE], [0xFE, 0xFF]]

  /// Reads the file at `path`. Blanks around a name and empty lines are ignored.
  /// - Throws: `FileError` when it is not UTF-8, or does not name every class once.
  init(_ path: String) throws {
    var bytes = try FileBytes.read(path, limit: Self.sizeLimit)
    guard !Self.wideMarks.contains(where: bytes.starts) else {
      throw FileError(path, "is UTF-16", advice: "Save it as UTF-8")
    }
    if bytes.starts(with: Self.byteOrderMark) { bytes.removeFirst(Self.byteOrderMark.count) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FileError(path, "is not UTF-8", advice: "Save it as UTF-8")
    }
    names = text.split(whereSeparator: \.isNewline).map(Self.trimmed).filter { !$0.isEmpty }
    guard Set(names).count == names.count, !names.isEmpty, names.allSatisfy(isPrintable) else {
      throw FileError(path, "does not name every class once, one a line of plain text")
    }
  }

  private static func trimmed(_ line: Substring) -> String {
    let start = line.drop { $0.isWhitespace }
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(start[...last])
  }
}

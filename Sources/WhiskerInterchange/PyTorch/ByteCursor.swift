import WhiskerCore

/// Reads numbers and texts from a range of a file, one after the other.
struct ByteCursor {
  let contents: FileContents
  /// The path of the file, for errors.
  let path: String
  /// The offset of the next byte in the file.
  private(set) var offset: Int
  let end: Int

  /// - Parameter range: Inside the file.
  init(_ contents: FileContents, path: String, _ range: Range<Int>) {
    (self.contents, self.path, offset, end) = (contents, path, range.lowerBound, range.upperBound)
  }

  /// The next `count` bytes, as a range of the file.
  /// - Throws: `FileError` where there are fewer.
  mutating func take(_ count: some BinaryInteger) throws -> Range<Int> {
    guard let count = Int(exactly: count), count >= 0, count <= end - offset else {
      throw FileError(path, "is damaged, or cut short at byte \(offset)")
    }
    defer { offset += count }
    return offset..<offset + count
  }

  /// A little-endian number.
  mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(_ type: Number.Type = Number.self) throws
    -> Number
  {
    let range = try take(MemoryLayout<Number>.size)
    return contents.withBytes {
      Number(littleEndian: $0.loadUnaligned(fromByteOffset: range.lowerBound, as: Number.self))
    }
  }

  /// `count` bytes as text.
  mutating func text(_ count: some BinaryInteger) throws -> String {
    let range = try take(count)
    return contents.withBytes { String(decoding: $0[range], as: UTF8.self) }
  }

  /// The text up to the next line feed, which is skipped.
  mutating func line() throws -> String {
    let length = contents.withBytes { $0[offset..<end].firstIndex(of: UInt8(ascii: "\n")) }.map {
      $0 - offset
    }
    let line = try text(length ?? end - offset + 1)
    offset += 1
    return line
  }
}

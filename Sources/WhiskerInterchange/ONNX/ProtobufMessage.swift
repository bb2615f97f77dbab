import WhiskerCore

/// The fields of a protocol buffer message in a file (https://protobuf.dev/programming-guides/encoding). Values stay where they
/// are: weights are not copied.
struct ProtobufMessage {
  /// The value of a field.
  enum Value {
    case varint(UInt64)
    case fixed32(UInt32)
    case fixed64(UInt64)
    /// A text, an array or a message, by its range in the file.
    case bytes(Range<Int>)
  }

  let contents: FileContents
  let path: String
  let range: Range<Int>

  /// Calls `body` with the number and value of each field.
  /// - Throws: `FileError` where the message is damaged; any error of `body`.
  func forEachField(_ body: (Int, Value) throws -> Void) throws {
    var cursor = ByteCursor(contents, path: path, range)
    while cursor.offset < cursor.end {
      let tag = try Self.varint(&cursor)
      switch tag & 7 {
      case 0: try body(Int(truncatingIfNeeded: tag >> 3), .varint(try Self.varint(&cursor)))
      case 1: try body(Int(truncatingIfNeeded: tag >> 3), .fixed64(try cursor.number()))
      case 2:
        let length = try Self.varint(&cursor)
        try body(Int(truncatingIfNeeded: tag >> 3), .bytes(try cursor.take(length)))
      case 5: try body(Int(truncatingIfNeeded: tag >> 3), .fixed32(try cursor.number()))
      default: throw FileError(path, "is damaged, or not an ONNX model, at byte \(cursor.offset)")
      }
    }
  }

  /// The message in a field of this one.
  func message(_ range: Range<Int>) -> ProtobufMessage {
    ProtobufMessage(contents: contents, path: path, range: range)
  }

  func text(_ range: Range<Int>) -> String {
    contents.withBytes { String(decoding: $0[range], as: UTF8.self) }
  }

  /// The integers of a repeated field, of which each value is one or an array of them.
  func integers(_ value: Value) throws -> [Int] {
    switch value {
    case .varint(let integer): return [Int(truncatingIfNeeded: integer)]
    case .bytes(let range):
      var cursor = ByteCursor(contents, path: path, range)
      var integers: [Int] = []
      while cursor.offset < cursor.end { integers.append(Int(truncatingIfNeeded: try Self.varint(&cursor))) }
      return integers
    default: throw FileError(path, "is damaged: an integer is something else")
    }
  }

  private static func varint(_ cursor: inout ByteCursor) throws -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 70, by: 7) {
      let byte = try cursor.number(UInt8.self)
      value |= UInt64(byte & 0x7F) << UInt64(shift)
      if byte < 0x80 { return value }
    }
    throw FileError(cursor.path, "is damaged, or not an ONNX model, at byte \(cursor.offset)")
  }
}

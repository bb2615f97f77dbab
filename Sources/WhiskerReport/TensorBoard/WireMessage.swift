/// The encoder of a protobuf message (protobuf.dev, "Encoding"). The event files need so few
/// messages that generated code would be many times longer.
struct WireMessage {
  private(set) var bytes: [UInt8] = []

  /// How a field's value is stored.
  private enum Kind: Int {
    case varint = 0
    case eightBytes = 1
    case counted = 2
    case fourBytes = 5
  }

  mutating func add(_ field: Int, _ value: Int) {
    key(field, .varint)
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func add(_ field: Int, _ value: Double) {
    key(field, .eightBytes)
    littleEndian(value.bitPattern)
  }

  mutating func add(_ field: Int, _ value: Float) {
    key(field, .fourBytes)
    littleEndian(value.bitPattern)
  }

  mutating func add(_ field: Int, _ text: String) { add(field, Array(text.utf8)) }

  mutating func add(_ field: Int, _ contents: [UInt8]) {
    key(field, .counted)
    varint(UInt64(contents.count))
    bytes += contents
  }

  /// Adds a packed list.
  mutating func add(_ field: Int, _ values: [Double]) {
    key(field, .counted)
    varint(UInt64(values.count * 8))
    for value in values { littleEndian(value.bitPattern) }
  }

  /// Adds a message within the message.
  mutating func add(_ field: Int, _ build: (inout WireMessage) -> Void) {
    var message = WireMessage()
    build(&message)
    add(field, message.bytes)
  }

  private mutating func key(_ field: Int, _ kind: Kind) { varint(UInt64(field << 3 | kind.rawValue)) }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest > 0x7F {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func littleEndian(_ number: some FixedWidthInteger) {
    withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
  }
}

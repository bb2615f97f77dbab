import Testing
import WhiskerCore

@Suite struct HostileSafetensorsTests {
  /// A file with an arbitrary header, followed by `dataSize` bytes.
  private func file(_ header: String, length: UInt64? = nil, dataSize: Int = 8) -> [UInt8] {
    let length = length ?? UInt64(header.utf8.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) } + Array(header.utf8)
      + [UInt8](repeating: 0, count: dataSize)
  }

  private func refusal(_ bytes: [UInt8]) -> FileError? {
    #expect(throws: FileError.self) { try SafetensorsReader(bytes, path: "model.safetensors") }
  }

  private static let good = #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#

  @Test func aWellFormedFileIsRead() throws {
    #expect(try SafetensorsReader(file(Self.good), path: "m").shape(of: "a") == [2])
    #expect(try SafetensorsReader(file("{}", dataSize: 0), path: "m").names == [])
  }

  @Test(arguments: 0..<8) func aFileShorterThanItsHeadersLengthIsRefused(_ count: Int) {
    #expect(refusal([UInt8](repeating: 0, count: count)) != nil)
  }

  @Test(arguments: [63, 100_000_001, UInt64(Int.max) - 7, UInt64(Int.max), .max - 7, .max])
  func aHeaderThatWouldReachBeyondTheFileIsRefused(_ length: UInt64) {
    let error = refusal(file(Self.good, length: length))
    #expect(error?.problem.description.contains("\(length) bytes") == true)
  }

  @Test(arguments: [
    "", "not JSON", "[]", "1", "null", #"{"a":1}"#, #"{"a":{}}"#, #"{"__metadata__":{"a":1}}"#,
    #"{"a":{"dtype":"F32","shape":[2]}}"#, #"{"a":{"dtype":"F32","shape":"2","data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[1e30],"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}"#, good + "x", "\u{0}",
    String(repeating: "[", count: 1_000_000), String(repeating: #"{"a":"#, count: 1_000_000),
  ])
  func aHeaderThatIsNotTheFormatsJSONIsRefused(_ header: String) {
    #expect(refusal(file(header)) != nil)
  }

  @Test func sixtyFourBitCountsAreAccepted() throws {
    let header = #"{"a":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}"#
    let reader = try SafetensorsReader(file(header), path: "model.safetensors")
    #expect(reader.elementType(of: "a") == .int64)
  }

  @Test(arguments: ["F16", "F64", "Q4", "f32"])
  func aTensorOfAnElementTypeThatWeDoNotReadIsRefusedByName(_ type: String) {
    let header = #"{"a":{"dtype":"\#(type)","shape":[2],"data_offsets":[0,8]}}"#
    #expect(refusal(file(header))?.problem.description.contains(type) == true)
  }

  @Test func controlCharactersOfAFileAreEscapedInErrors() {
    let header = #"{"a":{"dtype":"\u001b[2J","shape":[2],"data_offsets":[0,8]}}"#
    #expect(refusal(file(header))?.problem.description.contains(#"\x1b[2J"#) == true)
  }

  @Test(arguments: [
    "[0,4]", "[4,8]", "[0,16]", "[8,0]", "[-8,0]", "[0]", "[]", "[0,8,8]", "[0,9223372036854775807]",
    "[9223372036854775807,9223372036854775807]", "[-9223372036854775808,9223372036854775807]",
  ])
  func offsetsThatDoNotFitTheShapeOrTheFileAreRefused(_ offsets: String) {
    #expect(refusal(file(#"{"a":{"dtype":"F32","shape":[2],"data_offsets":\#(offsets)}}"#)) != nil)
  }

  @Test(arguments: [
    "[3]", "[]", "[0]", "[-2]", "[-1,-2]", "[4611686018427387904,2]", "[9223372036854775807]",
    "[4294967296,4294967296]", "[2,4611686018427387905]",
  ])
  func aShapeThatDoesNotFitItsBytesIsRefusedOverflowOrNot(_ shape: String) {
    #expect(refusal(file(#"{"a":{"dtype":"F32","shape":\#(shape),"data_offsets":[0,8]}}"#)) != nil)
  }

  @Test(arguments: [(0, 8, 0, 8), (0, 8, 4, 12), (0, 4, 8, 12), (4, 8, 8, 12), (0, 4, 4, 8)])
  func overlapsGapsAndBytesThatBelongToNothingAreRefused(_ place: (Int, Int, Int, Int)) {
    func entry(_ start: Int, _ end: Int) -> String {
      #"{"dtype":"U8","shape":[\#(end - start)],"data_offsets":[\#(start),\#(end)]}"#
    }
    let header = #"{"a":\#(entry(place.0, place.1)),"b":\#(entry(place.2, place.3))}"#
    #expect(refusal(file(header, dataSize: 12)) != nil)
  }

  @Test func noSingleChangedByteCrashesTheReader() {
    let original = file(Self.good)
    var random = RandomStream(seed: 1, purpose: .samples)
    for position in original.indices {
      for _ in 0..<16 {
        var bytes = original
        bytes[position] = UInt8(random.next(below: 256))
        _ = try? SafetensorsReader(bytes, path: "m").withBytes(of: "a", type: .float32) { $0.count }
      }
    }
  }
}

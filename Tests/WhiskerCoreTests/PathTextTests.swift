import Testing
import WhiskerCore

@Suite struct PathTextTests {
  @Test(
    "The text of a path gives its bytes back",
    arguments: [
      Array("photos/é/猫.png".utf8), [0x63, 0xE9], [0xFF, 0xFE, 0x80], [0xF4, 0x8F, 0x9E, 0x80],
      [0xE9] + Array("é".utf8) + [0xE9], [0xC3], [0xF0, 0x9F, 0x98], [], (1...255).map { UInt8($0) },
      Array((1...255).map { UInt8($0) }.reversed()),
    ])
  func roundTrip(bytes: [UInt8]) {
    let text = pathText(bytes)
    #expect(pathBytes(text) == bytes)
    #expect(withPath(text) { String(cString: $0).utf8.count } > 0 || bytes.isEmpty)
  }

  @Test("UTF-8 text is unchanged, and other bytes are printed as escapes")
  func printed() {
    #expect(pathText(Array("Grüße".utf8)) == "Grüße")
    #expect(printable(pathText([0x63, 0xE9, 0x2E])) == "c\\xe9.")
    #expect(printable([0x63, 0xE9, 0x2E]) == "c\\xe9.")
  }
}

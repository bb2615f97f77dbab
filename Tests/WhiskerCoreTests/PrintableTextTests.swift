import Testing
import WhiskerCore

@Suite struct PrintableTextTests {
  @Test(arguments: [
    ("cat, dog & ünter", "cat, dog & ünter"), ("\u{1B}[2J", #"\x1b[2J"#), ("a\nb", #"a\x0ab"#),
    ("\u{202E}gnp", #"\xe2\x80\xaegnp"#), ("", ""),
  ])
  func controlCharactersAreEscaped(_ text: String, _ expected: String) {
    #expect(printable(text) == expected)
    #expect(isPrintable(printable(text)))
  }

  @Test func jsonIsEscapedByJSONEscapes() throws {
    let text = "ünter\u{9B}31m\u{202E}\u{E0001}"
    let json = printable(json: "[\"\(text)\"]")
    #expect(json == #"["ünter\u009b31m\u202e\udb40\udc01"]"#)
    #expect(try StableJSON.decode([String].self, from: json) == [text])
  }

  @Test func anErrorNamesItsFileWithEscapes() {
    let error = FileError("a\u{1B}[2J", "is a \u{7}", advice: "Name \u{1B}c")
    #expect(error.description == #"a\x1b[2J: is a \x07. Name \x1bc"#)
  }

  @Test func invalidUTF8IsEscapedByByte() {
    #expect(printable([0x61, 0xFF, 0xC3, 0xBC, 0xC3, 0xE2, 0x82]) == #"a\xffü\xc3\xe2\x82"#)
  }

  @Test func escapingTakesLinearTime() {
    let start = ContinuousClock.now
    #expect(printable([UInt8](repeating: 0xFF, count: 1 << 20)).utf8.count == 4 << 20)
    // In quadratic time it would take minutes.
    #expect(ContinuousClock.now - start < .seconds(10))
  }
}

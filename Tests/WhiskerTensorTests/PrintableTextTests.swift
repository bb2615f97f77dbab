import Testing
import WhiskerTensor

@Suite struct PrintableTextTests {
  @Test(arguments: [
    ("cat, dog & ünter", "cat, dog & ünter"), ("\u{1B}[2J", #"\x1b[2J"#), ("a\nb", #"a\x0ab"#),
    ("\u{202E}gnp", #"\xe2\x80\xaegnp"#), ("", ""),
  ])
  func whatWouldMoveTheCursorIsEscaped(_ text: String, _ expected: String) {
    #expect(printable(text) == expected)
    #expect(isPrintable(printable(text)))
  }

  @Test func whatIsNoTextIsEscapedByteForByte() {
    #expect(printable([0x61, 0xFF, 0xC3, 0xBC, 0xC3, 0xE2, 0x82]) == #"a\xffü\xc3\xe2\x82"#)
  }

  @Test func megabytesThatAreNoTextTakeNoLongerThanTheirNumber() {
    let start = ContinuousClock.now
    #expect(printable([UInt8](repeating: 0xFF, count: 1 << 20)).utf8.count == 4 << 20)
    // By the square of their number it would be minutes.
    #expect(ContinuousClock.now - start < .seconds(10))
  }
}

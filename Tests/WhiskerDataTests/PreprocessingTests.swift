import Foundation
import Testing
import WhiskerData

@Suite struct PreprocessingTests {
  @Test func aPreprocessingIsReadBackAsItWasWritten() throws {
    for aspect in [Preprocessing.Aspect.stretch, .crop, .pad] {
      let original = Preprocessing(
        height: 28, width: 32, colorMode: .rgb, aspect: aspect, background: .init(red: 1, green: 2, blue: 3),
        decode: aspect == .crop ? .full : .scaled)
      let json = try JSONEncoder().encode(original)
      #expect(try JSONDecoder().decode(Preprocessing.self, from: json) == original)
    }
  }

  @Test(arguments: [
    ("\"area\"", "\"bicubic\""), ("\"divisor\":255", "\"divisor\":1"), ("\"height\":28", "\"height\":0"),
    ("\"height\":28", "\"height\":4097"), ("\"width\":28", "\"width\":-1"), ("\"stretch\"", "\"squeeze\""),
    ("grayscale", "cmyk"), ("\"red\":255", "\"red\":256"), ("\"scaled\"", "\"guessed\""),
  ])
  func aPreprocessingThatWeDoNotKnowIsRefused(_ part: String, _ other: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let json = String(decoding: try encoder.encode(Preprocessing()), as: UTF8.self)
    let changed = json.replacingOccurrences(of: part, with: other)
    #expect(changed != json)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Preprocessing.self, from: Data(changed.utf8))
    }
  }

  @Test func aPreprocessingOfBeforeFullDecodingIsReadAsScaled() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let json = String(decoding: try encoder.encode(Preprocessing(decode: .full)), as: UTF8.self)
    let older = json.replacingOccurrences(of: "\"decode\":\"full\",", with: "")
    #expect(older != json)
    #expect(try JSONDecoder().decode(Preprocessing.self, from: Data(older.utf8)) == Preprocessing())
  }

  @Test func theSizeOfASampleCountsEveryValue() {
    #expect(Preprocessing().sampleSize == 784)
    #expect(Preprocessing(height: 2, width: 3, colorMode: .rgb).sampleSize == 18)
  }
}

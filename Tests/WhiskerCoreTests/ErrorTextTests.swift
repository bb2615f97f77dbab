import Testing
import WhiskerCore

@Suite struct ErrorTextTests {
  private let text: ErrorText = "Raise \(Setting.maximumPixels) or \(Setting.batchSize)"

  @Test func aSettingIsItsNameInBackticks() {
    #expect(text.description == "Raise `maximumPixels` or `batchSize`")
  }

  @Test func aProgramCanNameTheSettings() {
    #expect(text.text { "--\($0.rawValue)" } == "Raise --maximumPixels or --batchSize")
    #expect(ErrorText("no setting").text { _ in "" } == "no setting")
  }

  @Test func valuesAndOtherTextsCanBeInterpolated() {
    let outer: ErrorText = "\(3) of \("x"): \(text)."
    #expect(outer.text(naming: \.rawValue) == "3 of x: Raise maximumPixels or batchSize.")
  }

  @Test func textsBuiltDifferentlyAreEqual() {
    let pixels = Setting.maximumPixels
    #expect("Raise " + ErrorText("") + "\(pixels)" + " or \(Setting.batchSize)" == text)
    #expect("a" + ErrorText("b") == "ab")
    #expect(ErrorText("maximumPixels") != "\(pixels)")
  }

  @Test(arguments: Setting.allCases)
  func everySettingSurvivesJSON(_ setting: Setting) throws {
    let text: ErrorText = "\(setting) is \(setting)"
    let json = try StableJSON.line([text])
    #expect(json == "[\"`\(setting.rawValue)` is `\(setting.rawValue)`\"]")
    #expect(try StableJSON.decode([ErrorText].self, from: json) == [text])
  }

  /// The name of a file may look like a setting.
  @Test(arguments: [
    "", "`", "``", "a `b` c", "`maximumPixels", "maximumPixels`", "`epochs`", "x ` y `z", "```epochs```",
  ])
  func backticksOfATextAreNoSettings(_ name: String) throws {
    let texts: [ErrorText] = [
      ErrorText(name), "\(name)", "\(name)\(Setting.epochs)", "\(Setting.epochs)\(name)`",
    ]
    let expected = [name, name, name + "--e", "--e" + name + "`"]
    #expect(texts.map { $0.text { _ in "--e" } } == expected)
    let stored = try StableJSON.decode([ErrorText].self, from: try StableJSON.line(texts))
    #expect(stored == texts)
  }

  @Test func aLiteralNamesNoSetting() {
    #expect(("a `epochs`" as ErrorText).text { _ in "--e" } == "a `epochs`")
  }

  @Test func controlCharactersAreEscaped() {
    let name = "\u{1B}[2J"
    #expect(ErrorText(name).description == #"\x1b[2J"#)
    #expect(("\(name) \(Setting.epochs)" as ErrorText).description == #"\x1b[2J `epochs`"#)
    #expect(("a\u{7}" as ErrorText).description == #"a\x07"#)
  }

  @Test func anErrorWithAdviceNamesItsSettings() {
    let error = FileError("cat.png", "is too large", advice: "Raise \(Setting.maximumPixels)")
    #expect(error.description == "cat.png: is too large. Raise `maximumPixels`")
    #expect(error.text.text { _ in "--max-pixels" } == "cat.png: is too large. Raise --max-pixels")
  }
}

import Foundation
import SampleImages
import Testing
import WhiskerData
import WhiskerCore

@Suite struct HostileJPEGTests {
  /// Every scan costs a pass over the picture, and may be a few bytes long.
  @Test func aProgressiveJPEGOfThousandsOfScansIsRefused() throws {
    let bytes = try encodeJPEG(
      width: 64, height: 64, pixels: noise(64 * 64).map { UInt8($0) },
      options: JPEGOptions(storage: .gray, progressive: true))
    let scan = try #require(
      bytes.indices.dropLast().last { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xDA })
    var many = Array(bytes.dropLast(2))
    for _ in 0..<2000 { many += bytes[scan..<bytes.count - 2] }
    let error = #expect(throws: FileError.self) { try decode(many, width: 28, height: 28) }
    #expect(error?.problem.description == "is damaged (it holds more than 500 scans)")
  }

  @Test func hundredsOfThousandsOfEmptySegmentsTakeNoTime() throws {
    let picture = try encodeJPEG(
      width: 16, height: 16, pixels: noise(16 * 16).map { UInt8($0) }, options: JPEGOptions(storage: .gray))
    let segments = [[UInt8]](repeating: [0xFF, 0xE1, 0, 2], count: 200_000).flatMap(\.self)
    let start = ContinuousClock.now
    let sample = try decode(picture.prefix(2) + segments + picture.dropFirst(2), width: 16, height: 16)
    // By the square of their number it would be most of a minute.
    #expect(ContinuousClock.now - start < .seconds(10))
    #expect(try sample == decode(picture, width: 16, height: 16))
  }

  // 24x24 pixels, gray, (7 x x + 5 y y + x y) mod 256 at quality 50: written by libjpeg-turbo with
  //   jpeg_set_quality(&jpeg, 50, TRUE); jpeg.arith_code = TRUE;
  private static let arithmetic = """
    /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1R
    V19iZ2hnPk1xeXBkeFxlZ2P/yQALCAAYABgBAREA/8wABgAQEAX/2gAIAQEAAD8A/db2Ei6w1RrKWp8GsjaJozebBmLdz1YY
    UXdUw8RbW8A3pLGCBlHcCL6BcUcXB6/Qffu7eRC0WIuTT5izbVvZgtTTCcf9qzwQapqo9d7qr6FcwVw+dzvpgcu1EDBLHs8r
    6M2RN9gNVUger0p+CSnIk56JaONRk4lEdrtlhIlfs46wZctboxL93nzPwdwINvxNB3JJLLk6XLK6RDOdEcrveBZH/wDzXH6g
    E9AfnJ3+XeVs9mxc53D/ADjsnaBIAiOwT5jLhJwqnQ1NXS44ojnud3+huEEfwp70zbThDFnuKwkycydH0e6ur0OPMt21MbUD
    kbMw5s4AEDhaqJr/2Q==
    """

  static func arithmeticBytes() throws -> [UInt8] {
    [UInt8](try #require(Data(base64Encoded: arithmetic, options: .ignoreUnknownCharacters)))
  }

  // Pillow 13: list(Image.open("arithmetic.jpg").get_flattened_data())[:6]
  @Test func anArithmeticCodedJPEGIsReadAndOneThatIsCutShortIsAnError() throws {
    let bytes = try Self.arithmeticBytes()
    let whole = try decode(bytes, width: 24, height: 24)
    #expect(largestDifference(Array(whole.prefix(6)), [0, 30, 10, 68, 118, 191]) <= 1)
    for count in stride(from: bytes.count / 2, to: bytes.count - 2, by: 1) {
      let error = #expect(throws: FileError.self, "\(count)") {
        try decode(Array(bytes.prefix(count)), width: 24, height: 24)
      }
      #expect(error?.problem.description.contains("cut short") == true, "\(count)")
    }
  }

  @Test func twoPicturesInOneFileAreTheFirst() throws {
    let pixels = noise(16 * 16, seed: 2).map { UInt8($0) }
    let first = try encodeJPEG(width: 16, height: 16, pixels: pixels, options: JPEGOptions(storage: .gray))
    let second = try encodeJPEG(
      width: 8, height: 8, pixels: [UInt8](repeating: 0, count: 64), options: JPEGOptions(storage: .gray))
    #expect(try decode(first + second, width: 16, height: 16) == decode(first, width: 16, height: 16))
  }
}

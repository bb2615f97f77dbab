import SampleImages
import Testing
import WhiskerData
import WhiskerTensor

@Suite struct RefusedFileTests {
  private func refusal(_ bytes: [UInt8], maximumPixels: Int = ImageDecoder.defaultMaximumPixels) -> String {
    let error = #expect(throws: FileError.self) {
      try decode(bytes, width: 28, height: 28, maximumPixels: maximumPixels)
    }
    return error?.problem ?? ""
  }

  static let otherFormats: [(name: String, bytes: [UInt8])] = [
    ("a GIF image", Array("GIF87a".utf8) + [1, 0, 1, 0]),
    ("a GIF image", Array("GIF89a".utf8) + [1, 0, 1, 0]),
    ("a BMP image", Array("BM".utf8) + [70, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0]),
    ("a WEBP image", Array("RIFF".utf8) + [36, 0, 0, 0] + Array("WEBPVP8 ".utf8)),
    ("a TIFF image", [0x49, 0x49, 42, 0, 8, 0, 0, 0]), ("a TIFF image", [0x4D, 0x4D, 0, 42, 0, 0, 0, 8]),
    ("a HEIC image", [0, 0, 0, 24] + Array("ftypheic".utf8)),
    ("a HEIC image", [0, 0, 0, 24] + Array("ftypmif1".utf8)),
    ("an AVIF image", [0, 0, 0, 24] + Array("ftypavif".utf8)),
    ("a video", [0, 0, 0, 24] + Array("ftypisom".utf8)),
    ("a gzip archive", [0x1F, 0x8B, 8, 0]), ("a ZIP archive", Array("PK\u{3}\u{4}".utf8)),
    ("a PDF document", Array("%PDF-1.7".utf8)),
    ("an HTML page", Array("\n<!DOCTYPE HTML><html>404</html>".utf8)), ("an HTML page", Array("<html>".utf8)),
    ("an SVG or XML file", Array("<svg/>".utf8)), ("a text file", Array("Hello, world".utf8)),
    ("a text file", Array("BMW, Audi, Volvo".utf8)), ("a text file", Array("Grüße".utf8)), ("empty", []),
    ("nothing but zero bytes", [0]), ("nothing but zero bytes", [UInt8](repeating: 0, count: 4096)),
    ("of an unknown format", [1, 2, 3]),
  ]

  @Test(arguments: otherFormats)
  func whatIsNeitherPNGNorJPEGIsRefusedByItsName(_ file: (name: String, bytes: [UInt8])) {
    #expect(refusal(file.bytes) == "is \(file.name), not PNG or JPEG")
  }

  @Test(arguments: [false, true]) func aPNGThatAnnouncesTooManyPixelsIsRefused(_ interlaced: Bool) {
    for (width, height) in [(65_500, 65_500), (0x7FFF_FFFF, 0x7FFF_FFFF), (0x7FFF_FFFF, 1)]
      as [(UInt32, UInt32)]
    {
      let before = peakMemory()
      let problem = refusal(PNGChunk.header(width: width, height: height, interlaced: interlaced))
      #expect(
        problem.contains("\(width)x\(height)") && problem.contains("over the limit of 178956970 ("))
      #expect(peakMemory() - before < 1 << 30)
    }
  }

  @Test(arguments: [false, true]) func aJPEGThatAnnouncesTooManyPixelsIsRefused(_ progressive: Bool)
    throws
  {
    var bytes = try encodeJPEG(
      width: 16, height: 16, pixels: [UInt8](repeating: 9, count: 256),
      options: JPEGOptions(storage: .gray, progressive: progressive))
    let frame = try #require(
      bytes.indices.first { bytes[$0] == 0xFF && [0xC0, 0xC2].contains(bytes[$0 + 1]) })
    bytes.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0xDC, 0xFF, 0xDC])
    let before = peakMemory()
    #expect(refusal(bytes).contains("65500x65500"))
    #expect(peakMemory() - before < 1 << 30)
  }

  @Test func theLimitCanBeSetAndTheLastPixelWithinItIsFine() throws {
    let png = try flatPNG(7)
    let jpeg = try encodeJPEG(
      width: 4, height: 4, pixels: [UInt8](repeating: 7, count: 16), options: JPEGOptions(storage: .gray))
    for bytes in [png, jpeg] {
      #expect(try decode(bytes, width: 1, height: 1, maximumPixels: 16) == [7])
      #expect(refusal(bytes, maximumPixels: 15) == "is 4x4 pixels large, over the limit of 15 (--max-pixels)")
    }
  }

  @Test(arguments: [(0, 5), (5, 0), (0, 0)] as [(UInt32, UInt32)])
  func aPictureWithoutPixelsIsRefused(_ size: (UInt32, UInt32)) {
    #expect(refusal(PNGChunk.header(width: size.0, height: size.1)) != "")
  }
}

import SampleImages
import TestSupport
import Testing
import WhiskerData
import WhiskerCore

@Suite struct RefusedFileTests {
  private func refusal(_ bytes: [UInt8], maximumPixels: Int = ImageDecoder.defaultMaximumPixels) -> String {
    let error = #expect(throws: FileError.self) {
      try decode(bytes, width: 28, height: 28, maximumPixels: maximumPixels)
    }
    return error?.problem.description ?? ""
  }

  static let otherFormats: [(name: String, bytes: [UInt8])] = [
    ("a GIF image", Array("GIF87a".utf8) + [1, 0, 1, 0]),
    ("a GIF image", Array("GIF89a".utf8) + [1, 0, 1, 0]),
    ("a BMP image", Array("BM".utf8) + [70, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0]),
    ("a TIFF image", [0x49, 0x49, 42, 0, 8, 0, 0, 0]), ("a TIFF image", [0x4D, 0x4D, 0, 42, 0, 0, 0, 8]),
    ("a HEIC image", [0, 0, 0, 24] + Array("ftypheic".utf8)),
    ("a TIFF image", [0x49, 0x49, 43, 0, 8, 0, 0, 0]),
    ("a HEIC image", [0, 0, 0, 24] + Array("ftypheix".utf8)),
    ("a HEIC image", [0, 0, 0, 24] + Array("ftypmif1".utf8)),
    ("a HEIC image", [0, 0, 0, 24] + Array("ftyphevc".utf8)),
    ("a HEIC image", [0, 0, 0, 24] + Array("ftypmsf1".utf8)),
    ("an AVIF image", [0, 0, 0, 24] + Array("ftypavif".utf8)),
    ("an AVIF image", [0, 0, 0, 24] + Array("ftypavis".utf8)),
    ("a JPEG 2000 image", [0, 0, 0, 12] + Array("jP  ".utf8) + [13, 10, 0x87, 10]),
    ("a JPEG 2000 image", [0xFF, 0x4F, 0xFF, 0x51, 0, 41]),
    ("a JPEG XL image", [0xFF, 0x0A, 0x7F]),
    ("a JPEG XL image", [0, 0, 0, 12] + Array("JXL ".utf8) + [13, 10, 0x87, 10]),
    ("an icon file", [0, 0, 1, 0, 1, 0]), ("a Photoshop document", Array("8BPS".utf8) + [0, 1]),
    ("a video", [0, 0, 0, 24] + Array("ftypisom".utf8)),
    ("a gzip archive", [0x1F, 0x8B, 8, 0]), ("a ZIP archive", Array("PK\u{3}\u{4}".utf8)),
    ("a PDF document", Array("%PDF-1.7".utf8)),
    ("an HTML page", Array("\n<!DOCTYPE HTML><html>404</html>".utf8)), ("an HTML page", Array("<html>".utf8)),
    ("an HTML page", Array("\u{FEFF}<!doctype html>".utf8)),
    ("an HTML page", Array("<!-- moved -->\n<HTML lang=en>".utf8)),
    ("a Git LFS pointer", Array("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a".utf8)),
    ("an SVG or XML file", Array("<svg/>".utf8)), ("a text file", Array("Hello, world".utf8)),
    ("a text file", Array("BMW, Audi, Volvo".utf8)), ("a text file", Array("Grüße".utf8)), ("empty", []),
    ("nothing but zero bytes", [0]), ("nothing but zero bytes", [UInt8](repeating: 0, count: 4096)),
    ("of an unknown format", [1, 2, 3]),
  ]

  @Test(arguments: otherFormats)
  func anotherFormatIsRefusedByItsName(_ file: (name: String, bytes: [UInt8])) {
    let conversion = file.name.hasSuffix(" image") ? " (mogrify -format png converts it)" : ""
    #expect(refusal(file.bytes) == "is \(file.name), not PNG, JPEG or WebP\(conversion)")
  }

  /// Bytes of a JPEG's frame header, counted from its marker: what they are in, and what libjpeg says.
  static let unsupportedFrames: [(position: Int, value: UInt8, words: String)] = [
    (1, 0xC3, "Unsupported JPEG process: SOF type 0xc3"),
    (1, 0xC5, "Unsupported JPEG process: SOF type 0xc5"),
    (4, 12, "Unsupported JPEG data precision 12"), (4, 16, "Unsupported JPEG data precision 16"),
  ]

  @Test(arguments: unsupportedFrames)
  func aKindOfJPEGThatTheLibraryDoesNotReadIsNotCalledDamaged(
    _ frame: (position: Int, value: UInt8, words: String)
  ) throws {
    var bytes = try encodeJPEG(
      width: 16, height: 16, pixels: [UInt8](repeating: 9, count: 256), options: JPEGOptions(storage: .gray))
    let start = try #require(bytes.firstRange(of: [0xFF, 0xC0])).lowerBound
    bytes[start + frame.position] = frame.value
    #expect(refusal(bytes) == "is of a kind that cannot be read (\(frame.words))")
  }

  @Test func whatAFileIsCalledDoesNotMatter() throws {
    let folder = try TemporaryFolder()
    let jpeg = try encodeJPEG(
      width: 4, height: 4, pixels: [UInt8](repeating: 7, count: 16), options: JPEGOptions(storage: .gray))
    let bitmap = Array("BM".utf8) + [70, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0]
    for (name, bytes) in [("1.png", jpeg), ("2.jpg", try flatPNG(7)), ("3.gif", jpeg), ("4.jpg", bitmap)] {
      try folder.write(bytes, to: "cat/\(name)")
    }
    let source = try DataSource.open(folder.path, Preprocessing(height: 1, width: 1))
    let dataset = try #require(source.splits[.training])
    for index in 0..<3 { #expect(try dataset.sample(at: index) == [7]) }
    let error = #expect(throws: FileError.self) { try dataset.sample(at: 3) }
    #expect(
      error?.description
        == "cat/4.jpg: is a BMP image, not PNG, JPEG or WebP "
        + "(mogrify -format png converts it)")
  }

  // In processes of their own, where no other test takes memory.
  @Test func aPNGThatAnnouncesTooManyPixelsIsRefused() async {
    await #expect(processExitsWith: .success) {
      for (width, height) in [(65_500, 65_500), (0x7FFF_FFFF, 0x7FFF_FFFF), (0x7FFF_FFFF, 1)]
        as [(UInt32, UInt32)]
      {
        for interlaced in [false, true] {
          let before = peakMemory()
          let header = PNGChunk.header(width: width, height: height, interlaced: interlaced)
          let problem = RefusedFileTests().refusal(header)
          #expect(
            problem.contains("\(width)x\(height)") && problem.contains("over the limit of 178956970 ("))
          #expect(peakMemory() - before < 1 << 30)
        }
      }
    }
  }

  @Test func aJPEGThatAnnouncesTooManyPixelsIsRefused() async {
    await #expect(processExitsWith: .success) {
      for progressive in [false, true] {
        var bytes = try encodeJPEG(
          width: 16, height: 16, pixels: [UInt8](repeating: 9, count: 256),
          options: JPEGOptions(storage: .gray, progressive: progressive))
        let frame = try #require(
          bytes.indices.first { bytes[$0] == 0xFF && [0xC0, 0xC2].contains(bytes[$0 + 1]) })
        bytes.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0xDC, 0xFF, 0xDC])
        let before = peakMemory()
        #expect(RefusedFileTests().refusal(bytes).contains("65500x65500"))
        #expect(peakMemory() - before < 1 << 30)
      }
    }
  }

  @Test func theLimitCanBeSetAndTheLastPixelWithinItIsFine() throws {
    let png = try flatPNG(7)
    let jpeg = try encodeJPEG(
      width: 4, height: 4, pixels: [UInt8](repeating: 7, count: 16), options: JPEGOptions(storage: .gray))
    for bytes in [png, jpeg] {
      #expect(try decode(bytes, width: 1, height: 1, maximumPixels: 16) == [7])
      #expect(
        refusal(bytes, maximumPixels: 15) == "is 4x4 pixels large, over the limit of 15 (`maximumPixels`)")
    }
  }

  @Test(arguments: [(100_000_000, 1), (1, 1_000_001), (1_000_001, 100)] as [(UInt32, UInt32)])
  func aPictureWithASideBeyondAllReasonIsRefused(_ size: (width: UInt32, height: UInt32)) {
    #expect(
      refusal(PNGChunk.header(width: size.width, height: size.height))
        == "is \(size.width)x\(size.height) pixels large, over the limit of 1000000 on a side")
  }

  @Test func aSideOfAMillionPixelsIsRead() throws {
    let png = try grayPNG([UInt8](repeating: 9, count: 1_000_000), width: 1, height: 1_000_000)
    #expect(try decode(png, width: 2, height: 2) == [9, 9, 9, 9])
  }

  @Test(arguments: [(0, 5), (5, 0), (0, 0)] as [(UInt32, UInt32)])
  func aPictureWithoutPixelsIsRefused(_ size: (UInt32, UInt32)) {
    #expect(refusal(PNGChunk.header(width: size.0, height: size.1)) != "")
  }
}

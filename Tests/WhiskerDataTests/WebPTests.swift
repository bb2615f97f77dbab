import Foundation
import SampleImages
import TestSupport
import Testing
import WhiskerData
import WhiskerCore

@Suite struct WebPTests {
  private let width = 19
  private let height = 13

  private func problem(_ bytes: [UInt8], maximumPixels: Int = ImageDecoder.defaultMaximumPixels) -> String {
    let error = #expect(throws: FileError.self) {
      try decode(bytes, width: 8, height: 8, maximumPixels: maximumPixels)
    }
    return error?.problem.description ?? ""
  }

  // MARK: Pixels

  private struct PillowSample {
    let name: String
    let width: Int
    let height: Int
    let file: [UInt8]
    let pixels: [UInt8]

    init(_ sample: (name: String, width: Int, height: Int, file: String, pixels: String)) throws {
      func bytes(_ text: String) throws -> [UInt8] {
        [UInt8](try #require(Data(base64Encoded: text, options: .ignoreUnknownCharacters)))
      }
      (name, width, height) = (sample.name, sample.width, sample.height)
      (file, pixels) = (try bytes(sample.file), try bytes(sample.pixels))
    }

    func over(_ background: Preprocessing.Color) -> [Double] {
      let under = [background.red, background.green, background.blue].map(Double.init)
      return stride(from: 0, to: pixels.count, by: 4).flatMap { start in
        let alpha = Double(pixels[start + 3]) / 255
        return (0..<3).map { Double(pixels[start + $0]) * alpha + under[$0] * (1 - alpha) }
      }
    }
  }

  @Test(arguments: PillowWebPSamples.all.indices)
  func aPictureIsWhatPillowMakesOfIt(_ index: Int) throws {
    let sample = try PillowSample(PillowWebPSamples.all[index])
    for background in [Preprocessing.Color.white, Preprocessing.Color(red: 0, green: 200, blue: 90)] {
      let exact = sample.over(background)
      let colors = try decode(
        sample.file, width: sample.width, height: sample.height, .rgb, background: background)
      #expect(zip(colors, exact).allSatisfy { abs(Double($0) - $1) <= 1 }, "\(sample.name)")
      let gray = try decode(sample.file, width: sample.width, height: sample.height, background: background)
      let lumas = stride(from: 0, to: exact.count, by: 3).map {
        luma(exact[$0], exact[$0 + 1], exact[$0 + 2])
      }
      #expect(zip(gray, lumas).allSatisfy { abs(Double($0) - $1) <= 1 }, "\(sample.name)")
    }
  }

  @Test func aLosslessPictureOfAnySizeIsWhatWasEncoded() throws {
    for (width, height) in [(1, 1), (1, 7), (7, 1), (16, 16), (17, 33), (64, 3)] {
      let pixels = noise(width * height * 3).map { UInt8($0) }
      let bytes = try encodeWebP(
        width: width, height: height, pixels: pixels, options: WebPOptions(lossless: true))
      #expect(try decode(bytes, width: width, height: height, .rgb) == pixels, "\(width)x\(height)")
    }
  }

  @Test func aPictureIsReducedByExactAverages() throws {
    let pixels = noise(32 * 24 * 3).map { UInt8($0) }
    let bytes = try encodeWebP(width: 32, height: 24, pixels: pixels, options: WebPOptions(lossless: true))
    let png = try encodePNG(
      width: 32, height: 24, samples: pixels.map(UInt16.init), options: PNGOptions(colorType: .rgb))
    // Gray is rounded before it is averaged.
    for colorMode in Preprocessing.ColorMode.allCases {
      let difference = try largestDifference(
        decode(bytes, width: 5, height: 7, colorMode), decode(png, width: 5, height: 7, colorMode))
      #expect(difference <= (colorMode == .grayscale ? 1 : 0))
    }
  }

  @Test(arguments: OrientationTests.shown)
  func aPictureIsShownAsItsEXIFChunkSays(_ shown: (value: UInt16, width: Int, pixels: [UInt8])) throws {
    let pixels = [1, 2, 3, 4, 5, 6].flatMap { [UInt8](repeating: $0, count: 3) }
    let plain = try encodeWebP(width: 3, height: 2, pixels: pixels, options: WebPOptions(lossless: true))
    let canvas = WebPChunk.canvas(width: 3, height: 2)
    let image = WebPChunk.image(of: plain)
    let exif = exifBlock(orientation: shown.value)
    // The standard puts it behind the picture; some programs copy the prefix of JPEG.
    for block in [exif, Array("Exif\0\0".utf8) + exif] {
      let chunk = WebPChunk.chunk("EXIF", block)
      for chunks in [canvas + image + chunk, canvas + chunk + image] {
        let sample = try decode(WebPChunk.file(chunks), width: shown.width, height: 6 / shown.width)
        #expect(sample == shown.pixels)
      }
    }
    let other = WebPChunk.chunk("EXIF", exifBlock(orientation: 3))
    let twice = WebPChunk.file(canvas + image + WebPChunk.chunk("EXIF", exif) + other)
    #expect(try decode(twice, width: shown.width, height: 6 / shown.width) == shown.pixels)
  }

  // MARK: Recognition and limits

  @Test func aWebPIsRecognisedByItsContents() throws {
    let folder = try TemporaryFolder()
    let bytes = try encodeWebP(
      width: 4, height: 4, pixels: [UInt8](repeating: 7, count: 48), options: WebPOptions(lossless: true))
    for name in ["1.webp", "2.png", "3.WEBP", "4"] { try folder.write(bytes, to: "cat/\(name)") }
    let source = try DataSource.open(folder.path, Preprocessing(height: 1, width: 1))
    let dataset = try #require(source.splits[.training])
    #expect(dataset.count == 4 && source.notes.isEmpty)
    for index in 0..<4 { #expect(try dataset.sample(at: index) == [7]) }
    let audio = Array("RIFF".utf8) + [36, 0, 0, 0] + Array("WAVEfmt ".utf8)
    #expect(problem(audio) == "is of an unknown format, not PNG, JPEG or WebP")
  }

  @Test func theLimitOfPixelsIsThatOfTheCanvas() throws {
    let bytes = try encodeWebP(width: 4, height: 4, pixels: [UInt8](repeating: 7, count: 48))
    #expect(try decode(bytes, width: 1, height: 1, maximumPixels: 16).count == 1)
    #expect(
      problem(bytes, maximumPixels: 15) == "is 4x4 pixels large, over the limit of 15 (`maximumPixels`)")
    let frame = WebPChunk.frame(WebPChunk.image(of: bytes), x: 0, y: 0, width: 4, height: 4)
    for (width, height) in [(1 << 24, 1 << 24), (1 << 24, 4), (20_000, 20_000)] {
      let canvas = WebPChunk.canvas(width: width, height: height, isAnimated: true)
      #expect(
        problem(WebPChunk.file(canvas + frame)).contains("\(width)x\(height) pixels large, over the limit"))
    }
    // The header of a lossless picture: a signature, and 14 bits for each side less 1.
    let lossless = WebPChunk.file(WebPChunk.chunk("VP8L", [0x2F, 0xFF, 0xFF, 0xFF, 0x0F, 0, 0, 0]))
    #expect(problem(lossless).hasPrefix("is 16384x16384 pixels large, over the limit of 178956970"))
  }

  @Test func aFileWhoseSizesContradictEachOtherIsDamaged() throws {
    let bytes = try encodeWebP(width: 4, height: 4, pixels: [UInt8](repeating: 7, count: 48))
    let image = WebPChunk.image(of: bytes)
    func file(_ width: Int, _ height: Int, frame: (x: Int, y: Int, width: Int, height: Int)?) -> [UInt8] {
      let canvas = WebPChunk.canvas(width: width, height: height, isAnimated: frame != nil)
      let part = frame.map {
        WebPChunk.frame(image, x: $0.x, y: $0.y, width: $0.width, height: $0.height)
      }
      return WebPChunk.file(canvas + (part ?? image))
    }
    #expect(throws: Never.self) { try decode(file(4, 4, frame: nil), width: 4, height: 4) }
    #expect(throws: Never.self) { try decode(file(8, 8, frame: (4, 4, 4, 4)), width: 4, height: 4) }
    let wrong = [
      file(5, 4, frame: nil), file(4, 3, frame: nil), file(4, 4, frame: (0, 0, 3, 4)),
      file(4, 4, frame: (2, 0, 4, 4)), file(8, 5, frame: (0, 2, 4, 4)),
      WebPChunk.file(WebPChunk.frame(image, x: 0, y: 0, width: 4, height: 4)),
    ]
    for bytes in wrong { #expect(problem(bytes) == "is damaged (its sizes contradict each other)") }
    let canvas = WebPChunk.canvas(width: 4, height: 4)
    for chunks in [[], canvas, canvas + WebPChunk.chunk("EXIF", [1, 2, 3])] {
      #expect(problem(WebPChunk.file(chunks)) == "is damaged (it holds no picture)")
    }
  }

  @Test func chunksOfOtherKindsAndGarbageAreIgnored() throws {
    let pixels = noise(width * height * 3).map { UInt8($0) }
    let bytes = try encodeWebP(
      width: width, height: height, pixels: pixels, options: WebPOptions(lossless: true))
    let canvas = WebPChunk.canvas(width: width, height: height)
    let other = WebPChunk.chunk("junk", [1, 2, 3])
    let chunks = canvas + WebPChunk.chunk("ICCP", [0]) + other + WebPChunk.image(of: bytes) + other
    for file in [WebPChunk.file(chunks), bytes + [1, 2, 3, 4, 5], WebPChunk.file(chunks) + bytes] {
      #expect(try decode(file, width: width, height: height, .rgb) == pixels)
    }
    // Some encoders do not fill up an odd last chunk.
    let odd = WebPChunk.file(canvas + WebPChunk.image(of: bytes) + WebPChunk.chunk("junk", [1]))
    #expect(try decode(odd.dropLast(), width: width, height: height, .rgb) == pixels)
  }
}

extension DamagedPictureTests {
  static let webps: [File] = [
    ("lossy", WebPOptions()), ("lossy with alpha", WebPOptions(hasAlpha: true)),
    ("lossless", WebPOptions(lossless: true)),
    ("lossless with alpha", WebPOptions(hasAlpha: true, lossless: true)),
  ].flatMap { (name: String, options: WebPOptions) -> [File] in
    let (width, height) = (37, 45)
    let pixels = noise(width * height * (options.hasAlpha ? 4 : 3)).map { UInt8($0) }
    guard let bytes = try? encodeWebP(width: width, height: height, pixels: pixels, options: options) else {
      return []
    }
    let (image, alpha) = (WebPChunk.image(of: bytes), options.hasAlpha)
    let canvas = WebPChunk.canvas(width: width, height: height, hasAlpha: alpha)
    let exif = WebPChunk.chunk("EXIF", exifBlock(orientation: 1))
    let stage = WebPChunk.canvas(width: width, height: height, hasAlpha: alpha, isAnimated: true)
    let frame = WebPChunk.frame(image, x: 0, y: 0, width: width, height: height)
    return [
      File(name: "\(name) WebP", bytes: bytes, width: width, height: height),
      File(
        name: "\(name) WebP with EXIF", bytes: WebPChunk.file(canvas + image + exif), width: width,
        height: height),
      File(
        name: "\(name), animated WebP", bytes: WebPChunk.file(stage + frame + frame), width: width,
        height: height),
    ]
  }

  @Test func theWebPFilesOfTheseTestsAreThere() throws {
    #expect(Self.webps.count == 12)
    for file in Self.webps { #expect(throws: Never.self) { try file.decoded() } }
  }

  @Test(arguments: webps) func aWebPThatIsCutShortAnywhereIsAnError(_ file: File) {
    // The last byte may be one that fills up a chunk.
    for count in stride(from: 0, to: file.bytes.count - 1, by: 3) {
      let error = #expect(throws: FileError.self, "\(count) bytes") {
        try file.decoded(Array(file.bytes.prefix(count)))
      }
      let problem = error?.problem.description ?? ""
      #expect(
        problem.hasPrefix("is cut short") || count < 12 && problem.contains("not PNG, JPEG or WebP"),
        "\(count) bytes: \(problem)")
    }
  }
}

import SampleImages
import Testing
import WhiskerData
import WhiskerCore

@Suite struct DamagedPictureTests {
  struct File: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    let width: Int
    let height: Int
    var testDescription: String { name }

    func decoded() throws -> [UInt8] { try decoded(bytes) }

    func decoded(_ bytes: [UInt8]) throws -> [UInt8] {
      try decode(bytes, width: width, height: height, .rgb)
    }
  }

  static let pngs: [File] = [false, true].flatMap { interlaced -> [File] in
    [
      file("gray", 37, 29, interlaced, .gray, 1), file("RGBA", 19, 33, interlaced, .rgba, 4),
      file(
        "palette", 40, 20, interlaced, .palette((0..<256).map { (i: Int) -> RGB in RGB(UInt8(i), 0, 9) }), 1),
    ].compactMap { $0 }
  }

  static let jpegs: [File] = [false, true].flatMap { progressive -> [File] in
    [
      file("gray", .gray, progressive), file("YCC", .ycc, progressive), file("CMYK", .cmyk, progressive),
      file("restarting YCC", .ycc, progressive, restartInterval: 2),
    ].compactMap { $0 }
  }

  private static func file(
    _ name: String, _ width: Int, _ height: Int, _ interlaced: Bool, _ type: PNGOptions.ColorType,
    _ channels: Int
  ) -> File? {
    let options = PNGOptions(colorType: type, interlaced: interlaced, exif: exifBlock(orientation: 1))
    let samples = noise(width * height * channels)
    return (try? encodePNG(width: width, height: height, samples: samples, options: options)).map {
      File(name: name + (interlaced ? ", interlaced PNG" : " PNG"), bytes: $0, width: width, height: height)
    }
  }

  private static func file(
    _ name: String, _ storage: JPEGOptions.Storage, _ progressive: Bool, restartInterval: Int = 0
  ) -> File? {
    let channels = storage == .gray ? 1 : storage == .ycc ? 3 : 4
    let options = JPEGOptions(
      storage: storage, progressive: progressive, restartInterval: restartInterval,
      exif: exifBlock(orientation: 1))
    let pixels = noise(45 * 38 * channels).map { UInt8($0) }
    return (try? encodeJPEG(width: 45, height: 38, pixels: pixels, options: options)).map {
      File(name: name + (progressive ? ", progressive JPEG" : " JPEG"), bytes: $0, width: 45, height: 38)
    }
  }

  @Test func theFilesOfTheseTestsAreThere() {
    #expect(Self.pngs.count == 6 && Self.jpegs.count == 8)
  }

  @Test(arguments: pngs) func aPNGThatIsCutShortAnywhereIsAnError(_ file: File) {
    for count in positions(in: file.bytes) {
      let error = #expect(throws: FileError.self, "\(count) bytes") {
        try file.decoded(Array(file.bytes.prefix(count)))
      }
      let isNamed = error.map {
        $0.problem.description.contains("cut short")
          || $0.problem.description.contains("not PNG, JPEG or WebP")
      }
      #expect(isNamed == true, "\(count) bytes: \(error?.problem.description ?? "")")
    }
  }

  // Behind the last bit of the picture there is only the end marker, and padding.
  @Test(arguments: jpegs) func aJPEGThatIsCutShortIsAnErrorUnlessEveryPixelIsThere(_ file: File)
    throws
  {
    let whole = try file.decoded()
    for count in positions(in: file.bytes) {
      do {
        let sample = try file.decoded(Array(file.bytes.prefix(count)))
        #expect(sample == whole && count >= file.bytes.count - 4, "\(count) bytes")
      } catch let error as FileError {
        let isNamed = ["cut short", "damaged", "not PNG, JPEG or WebP"].contains {
          error.problem.description.contains($0)
        }
        #expect(
          isNamed && !error.problem.description.contains("Improper call"),
          "\(count) bytes: \(error.problem.description)")
      }
    }
  }

  @Test(arguments: jpegs.filter { !$0.name.contains("progressive") })
  func aJPEGThatLacksNothingButItsEndMarkerIsDecoded(_ file: File) throws {
    #expect(try file.decoded(file.bytes.dropLast(2)) == file.decoded())
  }

  @Test(arguments: jpegs) func aJPEGThatIsCutShortSaysSo(_ file: File) throws {
    let starts = file.bytes.indices.dropLast().filter { file.bytes[$0] == 0xFF && file.bytes[$0 + 1] == 0xDA }
    let scan = try #require(starts.last)
    for count in [scan / 2, scan, scan + 20, (scan + file.bytes.count) / 2] {
      let error = #expect(throws: FileError.self) { try file.decoded(Array(file.bytes.prefix(count))) }
      #expect(
        error?.problem.description.contains("cut short") == true,
        "\(count) bytes: \(error?.problem.description ?? "")")
    }
  }

  // What libjpeg warns of when zeroed or foreign bytes were decoded as pixels, and so the last rows came too soon.
  @Test func aJPEGWithBytesLeftBehindItsLastRowIsDamaged() throws {
    let pixels = smoothRGB(width: 64, height: 64)
    for restartInterval in [0, 4] {
      let jpeg = try encodeJPEG(
        width: 64, height: 64, pixels: pixels,
        options: JPEGOptions(storage: .ycc, restartInterval: restartInterval))
      let longer = jpeg.dropLast(2) + [UInt8](repeating: 0x5A, count: 40) + jpeg.suffix(2)
      let error = #expect(throws: FileError.self) { try decode(Array(longer), width: 28, height: 28) }
      #expect(
        error?.problem.description.contains("is damaged") == true, "\(error?.problem.description ?? "")")
      #expect(throws: Never.self) { try decode(Array(longer), width: 28, height: 28, allowsTruncated: true) }
      #expect(throws: Never.self) { try decode(jpeg, width: 28, height: 28) }
    }
  }

  @Test(arguments: pngs + jpegs + webps) func aFileWithGarbageBehindItsEndIsDecoded(_ file: File) throws {
    let garbage = noise(1000).map { UInt8($0) }
    #expect(try file.decoded(file.bytes + garbage) == file.decoded())
  }

  @Test(arguments: pngs + jpegs + webps) func noChangedByteCrashesTheDecoder(_ file: File) {
    var random = RandomStream(seed: 20, purpose: .samples)
    for _ in 0..<400 {
      var bytes = file.bytes
      for _ in 0...random.next(below: 3) {
        bytes[random.next(below: bytes.count)] = UInt8(random.next(below: 256))
      }
      expectSampleOrError(bytes)
    }
  }

  // The markers and the header are where a parser goes wrong, so every one of their bytes is changed.
  @Test(arguments: pngs + jpegs + webps) func noChangedByteOfTheHeaderCrashesTheDecoder(_ file: File) {
    for position in 0..<min(600, file.bytes.count) {
      for value in [0, 1, 0x7F, 0xFF] as [UInt8] {
        var bytes = file.bytes
        bytes[position] = value
        expectSampleOrError(bytes)
      }
    }
  }

  private func expectSampleOrError(_ bytes: [UInt8]) {
    do {
      let sample = try decode(bytes, width: 28, height: 28, .rgb, maximumPixels: 1 << 20)
      #expect(sample.count == 28 * 28 * 3)
    } catch let error as FileError {
      #expect(!error.problem.description.contains("Improper call"), "\(error)")
    } catch {
      Issue.record(error)
    }
  }

  /// All of the first and the last hundred bytes, and every seventh between.
  private func positions(in bytes: [UInt8]) -> [Int] {
    bytes.indices.filter { $0 < 100 || $0 % 7 == 0 || $0 >= bytes.count - 100 }
  }
}

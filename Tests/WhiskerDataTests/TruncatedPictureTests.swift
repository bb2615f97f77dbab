import Foundation
import SampleImages
import Testing
import WhiskerData
import WhiskerCore

/// Pictures that are cut short or damaged, where what decoded is accepted.
@Suite struct TruncatedPictureTests {
  private static let (width, height) = (48, 70)
  private static let background = Preprocessing.Color(red: 0, green: 200, blue: 255)

  private func accept(_ bytes: [UInt8], _ colorMode: Preprocessing.ColorMode = .rgb) throws -> [UInt8] {
    try decode(
      bytes, width: Self.width, height: Self.height, colorMode, background: Self.background,
      allowsTruncated: true)
  }

  private func strict(_ bytes: [UInt8]) throws -> [UInt8] {
    try decode(bytes, width: Self.width, height: Self.height, .rgb, background: Self.background)
  }

  private func row(_ y: Int, _ sample: [UInt8]) -> ArraySlice<UInt8> {
    sample[y * Self.width * 3..<(y + 1) * Self.width * 3]
  }

  /// How many rows from the top are those of `whole`.
  private func soundRows(_ sample: [UInt8], _ whole: [UInt8]) -> Int {
    (0..<Self.height).first { row($0, sample) != row($0, whole) } ?? Self.height
  }

  private func isBackground(_ row: ArraySlice<UInt8>) -> Bool {
    Array(row) == (0..<Self.width).flatMap { _ in [0, 200, 255] as [UInt8] }
  }

  // MARK: PNG

  private func png(interlaced: Bool, _ type: PNGOptions.ColorType = .rgb) throws -> [UInt8] {
    let channels = if case .rgba = type { 4 } else { 3 }
    let samples = noise(Self.width * Self.height * channels, below: 255)
    return try encodePNG(
      width: Self.width, height: Self.height, samples: samples,
      options: PNGOptions(colorType: type, interlaced: interlaced))
  }

  @Test func aPNGThatIsCutShortIsItsRowsAboveAndBackgroundBelow() throws {
    for type in [PNGOptions.ColorType.rgb, .rgba] {
      let bytes = try png(interlaced: false, type)
      let whole = try strict(bytes)
      var counts: [Int] = []
      for count in stride(from: bytes.count - 1, to: 500, by: -37) {
        let part = Array(bytes.prefix(count))
        #expect(throws: FileError.self) { try strict(part) }
        let sample = try accept(part)
        let sound = soundRows(sample, whole)
        #expect((sound..<Self.height).allSatisfy { isBackground(row($0, sample)) }, "\(count) bytes")
        counts.append(sound)
      }
      // Noise does not compress: so many bytes are so many rows, but for what deflate holds back.
      #expect(counts.first == Self.height && counts == counts.sorted(by: >))
      let rowSize = bytes.count / Self.height
      for (number, sound) in counts.enumerated() {
        #expect(abs((bytes.count - 1 - 37 * number) / rowSize - sound) <= 2, "\(sound) rows")
      }
    }
  }

  @Test func anInterlacedPNGThatIsCutShortIsAsCoarseAsThePassesBefore() throws {
    let bytes = try png(interlaced: true)
    let whole = try strict(bytes)
    for (share, block) in [(0.99, 2), (0.6, 2), (0.4, 4), (0.2, 4), (0.1, 8), (0.03, 8)] {
      let sample = try accept(Array(bytes.prefix(Int(Double(bytes.count) * share))))
      // The first pixel of each block comes with an earlier pass than the others.
      for y in stride(from: 0, to: Self.height, by: block) {
        let isThere = !isBackground(row(y, sample))
        #expect(isThere || share < 0.02, "row \(y) of \(share)")
        for x in stride(from: 0, to: Self.width * 3, by: block * 3) {
          #expect(
            sample[y * Self.width * 3 + x] == whole[y * Self.width * 3 + x], "\(x / 3), \(y) of \(share)")
        }
      }
      #expect(sample != whole)
    }
  }

  @Test func anInterlacedPNGThatIsCutShortInItsFirstPassIsBlocksAndBackground() throws {
    let bytes = try png(interlaced: true)
    let whole = try strict(bytes)
    // The first of seven passes is a 64th of the pixels; of these, two thirds.
    let sample = try accept(Array(bytes.prefix(57 + bytes.count / 96)))
    let rows = (0..<Self.height).filter { !isBackground(row($0, sample)) }
    #expect(rows == Array(0..<rows.count) && rows.count % 8 == 0 && (24...56).contains(rows.count))
    for y in rows {
      for x in 0..<Self.width {
        let from = (y / 8 * 8 * Self.width + x / 8 * 8) * 3, to = (y * Self.width + x) * 3
        #expect(sample[to..<to + 3].elementsEqual(whole[from..<from + 3]))
      }
    }
  }

  @Test(arguments: [false, true]) func aPNGOfWhichNoRowDecodedIsAnErrorAllTheSame(_ interlaced: Bool) throws {
    let bytes = try png(interlaced: interlaced)
    for count in 8...60 {
      let error = #expect(throws: FileError.self) { try accept(Array(bytes.prefix(count))) }
      #expect(
        error?.problem.description.hasPrefix("is cut short") == true,
        "\(count): \(error?.problem.description ?? "")")
    }
  }

  @Test func aPNGWhoseDataIsDamagedIsItsRowsAboveTheDamage() throws {
    var bytes = try png(interlaced: false)
    let whole = try strict(bytes)
    bytes.replaceSubrange(5000..<5100, with: [UInt8](repeating: 0xFF, count: 100))
    let error = #expect(throws: FileError.self) { try strict(bytes) }
    #expect(error?.problem.description.contains("damaged") == true)
    #expect(error?.advice?.description == "To use the part that decoded, set `allowsTruncated`")
    let sample = try accept(bytes)
    let sound = soundRows(sample, whole)
    #expect((20..<45).contains(sound), "\(sound)")
    #expect(isBackground(row(Self.height - 1, sample)))
  }

  @Test(arguments: [false, true]) func aPNGThatLacksNothingButItsEndIsWhole(_ interlaced: Bool) throws {
    let bytes = try png(interlaced: interlaced)
    // Without the end chunk, with half of it, without the checksum of the pixels.
    for missing in [12, 5, 16] {
      #expect(throws: FileError.self) { try strict(bytes.dropLast(missing)) }
      #expect(try accept(bytes.dropLast(missing)) == strict(bytes), "\(missing)")
    }
  }

  // MARK: JPEG

  private func jpeg(
    progressive: Bool, _ storage: JPEGOptions.Storage = .ycc, restartInterval: Int = 0
  ) throws -> [UInt8] {
    let rgb = smoothRGB(width: Self.width, height: Self.height)
    let pixels = stride(from: 0, to: rgb.count, by: 3).flatMap { start -> [UInt8] in
      switch storage {
      case .gray: [rgb[start]]
      case .cmyk, .ycck: rgb[start..<start + 3] + [255]
      case .ycc, .rgb: Array(rgb[start..<start + 3])
      }
    }
    return try encodeJPEG(
      width: Self.width, height: Self.height, pixels: pixels,
      options: JPEGOptions(
        storage: storage, quality: 95, progressive: progressive, subsampling: .full444,
        restartInterval: restartInterval))
  }

  /// Where the marker 0xFF `code` stands.
  private func markers(_ code: UInt8, in bytes: [UInt8]) -> [Int] {
    bytes.indices.dropLast().filter { bytes[$0] == 0xFF && bytes[$0 + 1] == code }
  }

  @Test func aBaselineJPEGThatIsCutShortIsItsBlocksAboveAndGrayBelow() throws {
    let bytes = try jpeg(progressive: false)
    let whole = try strict(bytes)
    let scan = try #require(markers(0xDA, in: bytes).first)
    var counts: [Int] = []
    for count in stride(from: bytes.count - 20, to: scan, by: -11) {
      let part = Array(bytes.prefix(count))
      let error = #expect(throws: FileError.self) { try strict(part) }
      #expect(error?.problem.description.hasPrefix("is cut short") == true)
      guard let sample = try? accept(part) else {
        counts.append(0)
        continue
      }
      let sound = soundRows(sample, whole)
      // Between the two a row of blocks is there in part.
      let gray = sample.suffix(from: min(sample.count, (sound / 8 + 1) * 8 * Self.width * 3))
      #expect(gray.allSatisfy { abs(Int($0) - 128) <= 1 }, "\(count) bytes")
      #expect(sound >= 8, "what has no row of blocks is an error")
      counts.append(sound)
    }
    #expect(counts == counts.sorted(by: >))
    #expect(counts.last == 0 && counts.first.map { $0 >= 56 } == true, "\(counts)")
  }

  // A progressive file may be cut within its pixels, between two scans, or within the tables before one.
  @Test(arguments: [JPEGOptions.Storage.ycc, .gray, .cmyk])
  func aProgressiveJPEGThatIsCutShortAnywhereBehindItsFirstScanIsThePictureCoarsely(
    _ storage: JPEGOptions.Storage
  ) throws {
    let bytes = try jpeg(progressive: true, storage)
    let whole = try strict(bytes)
    let scans = markers(0xDA, in: bytes)
    #expect(scans.count > 3)
    var differences: [Double] = []
    for count in scans[1]..<bytes.count {
      let part = Array(bytes.prefix(count))
      if count < bytes.count - 2 {
        let error = #expect(throws: FileError.self) { try strict(part) }
        #expect(error?.problem.description.hasPrefix("is cut short") == true)
      }
      differences.append(try meanDifference(accept(part), whole))
    }
    #expect(differences.last == 0 && differences.allSatisfy { $0 < 20 }, "\(differences)")
    #expect(throws: FileError.self) { try accept(Array(bytes.prefix(scans[0] + 12))) }
  }

  @Test func aJPEGWhoseDataIsDamagedIsWhatLibjpegMakesOfIt() throws {
    var bytes = try jpeg(progressive: false, restartInterval: 6)
    let whole = try strict(bytes)
    // A restart marker that is out of turn: libjpeg finds its way again behind it.
    let restart = try #require(markers(0xD2, in: bytes).first)
    bytes[restart + 1] = 0xD6
    let error = #expect(throws: FileError.self) { try strict(bytes) }
    #expect(error?.problem.description.contains("damaged") == true, "\(error?.problem.description ?? "")")
    let sample = try accept(bytes)
    #expect(soundRows(sample, whole) >= 16)
  }

  @Test func aProgressiveJPEGWhoseThirdScanIsOutOfOrderIsTheFirstTwo() throws {
    var bytes = try jpeg(progressive: true)
    let third = markers(0xDA, in: bytes)[2]
    let before = Array(bytes.prefix(try #require(markers(0xC4, in: bytes).last { $0 < third })))
    // A spectral selection that begins behind its end.
    bytes[third + 7] = 63
    bytes[third + 8] = 1
    let error = #expect(throws: FileError.self) { try strict(bytes) }
    #expect(error?.problem.description.contains("damaged") == true, "\(error?.problem.description ?? "")")
    #expect(try accept(bytes) == accept(before))
  }

  @Test func aJPEGOfTooManyScansIsRefusedAllTheSame() throws {
    let bytes = try jpeg(progressive: true)
    let scan = try #require(markers(0xDA, in: bytes).last)
    let many = bytes.dropLast(2) + (0..<600).flatMap { _ in bytes[scan..<bytes.count - 2] }
    let error = #expect(throws: FileError.self) { try accept(Array(many)) }
    #expect(error?.problem.description == "is damaged (it holds more than 500 scans)")
  }

  @Test func anArithmeticCodedJPEGThatIsCutShortIsItsRowsAbove() throws {
    let bytes = try HostileJPEGTests.arithmeticBytes()
    let whole = try decode(bytes, width: 24, height: 24)
    let part = Array(bytes.prefix(bytes.count * 4 / 5))
    #expect(throws: FileError.self) { try decode(part, width: 24, height: 24) }
    let sample = try decode(part, width: 24, height: 24, allowsTruncated: true)
    #expect(sample.prefix(24 * 8) == whole.prefix(24 * 8) && sample != whole)
  }

  // MARK: All formats

  @Test(arguments: DamagedPictureTests.pngs + DamagedPictureTests.jpegs + DamagedPictureTests.webps)
  func aSoundPictureIsTheSameWithAndWithout(_ file: DamagedPictureTests.File) throws {
    let lenient = try decode(
      file.bytes, width: file.width, height: file.height, .rgb, allowsTruncated: true)
    #expect(try lenient == file.decoded())
  }

  // Where pictures are smaller than the blocks of Adam7, some of its passes are empty.
  @Test(arguments: PNGTests.layouts) func aSoundInterlacedPNGOfAnyKindAndSizeIsTheSameWithAndWithout(
    _ layout: PNGTests.Layout
  ) throws {
    for width in 1...9 {
      for height in 1...9 {
        let samples = noise(width * height * layout.channels, below: layout.sampleBound)
        let bytes = try encodePNG(
          width: width, height: height, samples: samples,
          options: PNGOptions(
            colorType: layout.colorType, bitDepth: layout.depth, interlaced: true,
            transparentColor: layout.key))
        let strict = try decode(bytes, width: width, height: height, .rgb)
        let lenient = try decode(bytes, width: width, height: height, .rgb, allowsTruncated: true)
        #expect(strict == lenient, "\(width)x\(height)")
      }
    }
  }

  @Test(arguments: DamagedPictureTests.pngs + DamagedPictureTests.jpegs + DamagedPictureTests.webps)
  func noChangedByteCrashesTheDecoder(_ file: DamagedPictureTests.File) {
    var random = RandomStream(seed: 21, purpose: .samples)
    for _ in 0..<400 {
      var bytes = Array(file.bytes.prefix(file.bytes.count - random.next(below: 200)))
      for _ in 0...random.next(below: 3) {
        bytes[random.next(below: bytes.count)] = UInt8(random.next(below: 256))
      }
      do {
        let sample = try decode(
          bytes, width: 28, height: 28, .rgb, maximumPixels: 1 << 20, allowsTruncated: true)
        #expect(sample.count == 28 * 28 * 3)
      } catch let error as FileError {
        #expect(!error.problem.description.contains("Improper call"), "\(error)")
      } catch {
        Issue.record(error)
      }
    }
  }
}

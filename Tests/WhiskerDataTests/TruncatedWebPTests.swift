import SampleImages
import Testing
import WhiskerData
import WhiskerCore

/// WebP pictures that are cut short or damaged, where what decoded is accepted.
@Suite struct TruncatedWebPTests {
  private static let (width, height) = (48, 70)
  private static let background = Preprocessing.Color(red: 0, green: 200, blue: 255)

  private func accept(_ bytes: some Sequence<UInt8>) throws -> [UInt8] {
    try decode(
      Array(bytes), width: Self.width, height: Self.height, .rgb, background: Self.background,
      allowsTruncated: true)
  }

  private func strict(_ bytes: some Sequence<UInt8>) throws -> [UInt8] {
    try decode(Array(bytes), width: Self.width, height: Self.height, .rgb, background: Self.background)
  }

  private func row(_ y: Int, _ sample: [UInt8]) -> ArraySlice<UInt8> {
    sample[y * Self.width * 3..<(y + 1) * Self.width * 3]
  }

  private func isBackground(_ row: ArraySlice<UInt8>) -> Bool {
    Array(row) == (0..<Self.width).flatMap { _ in [0, 200, 255] as [UInt8] }
  }

  private func soundRows(_ sample: [UInt8], _ whole: [UInt8]) -> Int {
    (0..<Self.height).first { row($0, sample) != row($0, whole) } ?? Self.height
  }

  private func encoded(_ options: WebPOptions) throws -> [UInt8] {
    let pixels = noise(Self.width * Self.height * (options.hasAlpha ? 4 : 3), below: 255).map { UInt8($0) }
    return try encodeWebP(width: Self.width, height: Self.height, pixels: pixels, options: options)
  }

  static let kinds = [
    WebPOptions(), WebPOptions(hasAlpha: true), WebPOptions(lossless: true),
    WebPOptions(hasAlpha: true, lossless: true),
  ]

  @Test(arguments: kinds.indices) func aWebPThatIsCutShortIsItsRowsAboveAndBackgroundBelow(_ kind: Int) throws
  {
    let bytes = try encoded(Self.kinds[kind])
    let whole = try strict(bytes)
    var counts: [Int] = []
    for count in stride(from: bytes.count - 2, to: 40, by: -37) {
      let error = #expect(throws: FileError.self) { try strict(bytes.prefix(count)) }
      #expect(error?.problem.description.hasPrefix("is cut short") == true)
      guard let sample = try? accept(bytes.prefix(count)) else {
        counts.append(0)
        continue
      }
      let sound = soundRows(sample, whole)
      #expect((sound..<Self.height).allSatisfy { isBackground(row($0, sample)) }, "\(count) bytes")
      counts.append(sound)
    }
    #expect(counts == counts.sorted(by: >) && counts.last == 0, "\(counts)")
    #expect(counts.first.map { $0 >= Self.height / 2 } == true && Set(counts).count > 3, "\(counts)")
  }

  @Test func anAnimationThatIsCutShortBehindItsFirstFrameIsThat() throws {
    let bytes = try encoded(WebPOptions())
    let whole = try strict(bytes)
    let canvas = WebPChunk.canvas(width: Self.width, height: Self.height, isAnimated: true)
    let frame = WebPChunk.frame(
      WebPChunk.image(of: bytes), x: 0, y: 0, width: Self.width, height: Self.height)
    let file = WebPChunk.file(canvas + frame + frame)
    #expect(try strict(file) == whole)
    for missing in [2, frame.count / 2, frame.count] {
      #expect(throws: FileError.self) { try strict(file.dropLast(missing)) }
      #expect(try accept(file.dropLast(missing)) == whole)
    }
    let part = try accept(file.dropLast(frame.count * 5 / 4))
    #expect((8..<Self.height).contains(soundRows(part, whole)))
    #expect(isBackground(row(Self.height - 1, part)))
  }

  @Test func aWebPThatLacksNothingButItsEXIFChunkIsWhole() throws {
    let bytes = try encoded(WebPOptions(lossless: true))
    let canvas = WebPChunk.canvas(width: Self.width, height: Self.height)
    let exif = WebPChunk.chunk("EXIF", exifBlock(orientation: 1))
    let file = WebPChunk.file(canvas + WebPChunk.image(of: bytes) + exif)
    for missing in [2, exif.count] {
      #expect(throws: FileError.self) { try strict(file.dropLast(missing)) }
      #expect(try accept(file.dropLast(missing)) == strict(bytes))
    }
  }

  @Test func aLosslessWebPWhoseDataIsDamagedIsItsRowsAboveTheDamage() throws {
    let sound = try encoded(WebPOptions(lossless: true))
    let whole = try strict(sound)
    // Data whose end is missing, in a file that says it is all.
    let data = Array(sound.dropFirst(20).prefix(sound.count * 2 / 3))
    let bytes = WebPChunk.file(WebPChunk.chunk("VP8L", data))
    let error = #expect(throws: FileError.self) { try strict(bytes) }
    #expect(error?.problem.description.hasPrefix("is damaged") == true)
    #expect(error?.advice?.description == "To use the part that decoded, set `allowsTruncated`")
    let sample = try accept(bytes)
    #expect((20..<60).contains(soundRows(sample, whole)))
    #expect(isBackground(row(Self.height - 1, sample)))
  }
}

import SampleImages
import Testing
import WhiskerData
import WhiskerCore

@Suite struct PNGChunkTests {
  private let pixels = noise(64 * 64).map { UInt8($0) }

  private func png() throws -> [UInt8] { try grayPNG(pixels, width: 64, height: 64) }

  /// The picture with a chunk put behind its header.
  private func png(with chunk: [UInt8]) throws -> [UInt8] {
    let bytes = try png()
    return bytes.prefix(33) + chunk + bytes.dropFirst(33)
  }

  @Test(arguments: ["zTXt", "iCCP", "iTXt"])
  func aCompressedBombInAChunkBesideThePictureDoesNotMatter(_ type: String) throws {
    // 50 MB of zeros. A gzip wrapper is no zlib wrapper, so the raw deflate data is wrapped again.
    let zeros = try encodeGzip([UInt8](repeating: 0, count: 50_000_000))
    let zlib = [0x78, 0x9C] + zeros.dropFirst(10).dropLast(8) + [0, 0, 0, 0]
    let prefix: [UInt8] =
      type == "iTXt" ? Array("Comment".utf8) + [0, 1, 0, 0, 0] : Array("Comment".utf8) + [0, 0]
    let bytes = try png(with: PNGChunk.chunk(type, prefix + zlib))
    #expect(try decode(bytes, width: 64, height: 64) == pixels)
  }

  @Test(arguments: ["tEXt", "zTXt", "iCCP", "prIv", "eXIf"])
  func aChunkOfManyMegabytesBesideThePictureDoesNotMatter(_ type: String) throws {
    let bytes = try png(with: PNGChunk.chunk(type, [UInt8](repeating: 0x41, count: 9_000_000)))
    #expect(try decode(bytes, width: 64, height: 64) == pixels)
  }

  @Test func thousandsOfSmallChunksBesideThePictureDoNotMatter() throws {
    let text = PNGChunk.chunk("tEXt", Array("Key\u{0}Value".utf8))
    let unknown = PNGChunk.chunk("prIv", [1, 2, 3])
    let chunks = (0..<5000).flatMap { _ in text + unknown }
    #expect(try decode(png(with: chunks), width: 64, height: 64) == pixels)
  }

  /// A gray picture of 32x32 pixels that repeats every 8 rows, with other zlib data than an encoder writes.
  private func repeatingPNG(_ data: ([UInt8]) throws -> [UInt8]) throws -> (png: [UInt8], pixels: [UInt8]) {
    let tile = noise(8 * 32, seed: 3).map { UInt8($0) }
    let pixels = (0..<4).flatMap { _ in tile }
    let rows = (0..<32).flatMap { [0] + pixels[$0 * 32..<($0 + 1) * 32] }
    let header = PNGChunk.bigEndian(32) + PNGChunk.bigEndian(32) + [8, 0, 0, 0, 0]
    let png =
      [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + PNGChunk.chunk("IHDR", header)
      + PNGChunk.chunk("IDAT", try data(rows)) + PNGChunk.chunk("IEND", [])
    return (png, pixels)
  }

  /// Deflate data without a wrapper.
  private func deflated(_ bytes: [UInt8]) throws -> [UInt8] {
    try encodeGzip(bytes).dropFirst(10).dropLast(8)
  }

  /// Adler-32 (RFC 1950, 8.2).
  private func adler(_ bytes: [UInt8]) -> UInt32 {
    let sums = bytes.reduce((UInt32(1), UInt32(0))) { sums, byte in
      let first = (sums.0 + UInt32(byte)) % 65521
      return (first, (sums.1 + first) % 65521)
    }
    return sums.1 << 16 | sums.0
  }

  @Test func aPNGWhoseDataReachesBackFurtherThanItsHeaderAnnouncesIsRead() throws {
    // 0x08: a window of 256 bytes; a row of tiles is 264 bytes long.
    let (png, pixels) = try repeatingPNG {
      [0x08, 0x1D] + (try deflated($0)) + PNGChunk.bigEndian(adler($0))
    }
    #expect(try decode(png, width: 32, height: 32) == pixels)
  }

  @Test func dataThatGoesOnBehindTheLastRowIsNotExpanded() throws {
    let surplus = [UInt8](repeating: 0, count: 100_000_000)
    let (png, pixels) = try repeatingPNG { [0x78, 0x9C] + (try deflated($0 + surplus)) }
    #expect(try decode(png, width: 32, height: 32) == pixels)
    // Where it stops, it does not get to the end of the file, but the chunk must be whole.
    let end = 12
    #expect(try decode(png.dropLast(end), width: 32, height: 32) == pixels)
    var damaged = png
    damaged[damaged.count - end - 1] ^= 1
    #expect(throws: FileError.self) { try decode(damaged, width: 32, height: 32) }
    #expect(throws: FileError.self) { try decode(png.dropLast(end + 5000), width: 32, height: 32) }
    #expect(try decode(damaged, width: 32, height: 32, allowsTruncated: true) == pixels)
  }

  @Test func pictureDataInOneChunkOfMegabytesIsRead() throws {
    let side = 1200
    let pixels = noise(side * side).map { UInt8($0) }
    let bytes = PNGChunk.joiningData(try grayPNG(pixels, width: side, height: side))
    #expect(try decode(bytes, width: side, height: side) == pixels)
  }

  @Test func aDamagedChunkBesideThePictureDoesNotMatter() throws {
    var text = PNGChunk.chunk("tEXt", Array("Key\u{0}Value".utf8))
    text[text.count - 1] ^= 1
    #expect(try decode(png(with: text), width: 64, height: 64) == pixels)
  }

  @Test func aDamagedChecksumOfThePictureDataIsAnError() throws {
    var bytes = try png()
    bytes[bytes.count - 12 - 1] ^= 1
    let error = #expect(throws: (any Error).self) { try decode(bytes, width: 64, height: 64) }
    #expect("\(error.map { "\($0)" } ?? "")".contains("damaged"))
  }

  static let colorimetry: [(type: String, data: [UInt8])] = [
    ("gAMA", [0, 0, 0x10, 0]), ("sRGB", [0]), ("cICP", [9, 16, 0, 1]), ("sBIT", [5]), ("bKGD", [0, 7]),
    ("cHRM", (0..<8).flatMap { PNGChunk.bigEndian(30_000 + 1000 * $0) }),
    ("iCCP", Array("profile".utf8) + [0, 0] + noise(500).map { UInt8($0) }),
  ]

  @Test(arguments: colorimetry)
  func gammaProfilesAndTheLikeAreIgnored(_ chunk: (type: String, data: [UInt8])) throws {
    let bytes = try png(with: PNGChunk.chunk(chunk.type, chunk.data))
    #expect(try decode(bytes, width: 64, height: 64) == pixels)
  }

  @Test func aTransparencyThatIsDamagedIsAnErrorAndNotLeftOut() throws {
    let bytes = try encodePNG(
      width: 2, height: 1, samples: [0, 1],
      options: PNGOptions(colorType: .palette([RGB(9, 9, 9), RGB(8, 8, 8)], alpha: [0, 255])))
    #expect(try decode(bytes, width: 2, height: 1) == [255, 8])
    var damaged = bytes
    damaged[try #require(bytes.firstRange(of: Array("tRNS".utf8))).upperBound] = 200
    let error = #expect(throws: FileError.self) { try decode(damaged, width: 2, height: 1) }
    #expect(error?.problem.description == "is damaged (tRNS: CRC error)")
    #expect(try decode(damaged, width: 2, height: 1, allowsTruncated: true) == [9, 8])
  }
}

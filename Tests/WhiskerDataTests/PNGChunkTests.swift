import SampleImages
import Testing
import WhiskerData

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

  @Test func aGammaThatIsStoredIsIgnored() throws {
    let bytes = try png(with: PNGChunk.chunk("gAMA", [0, 0, 0x10, 0]))
    #expect(try decode(bytes, width: 64, height: 64) == pixels)
  }
}

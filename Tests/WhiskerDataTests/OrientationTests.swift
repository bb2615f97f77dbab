import SampleImages
import Testing
import WhiskerData

@Suite struct OrientationTests {
  // The pixels of a 3x2 picture, and how each orientation shows them: what Pillow 13 makes of them with
  //   ImageOps.exif_transpose(image), the image being
  //   Image.frombytes("L", (3, 2), bytes([1, 2, 3, 4, 5, 6])) with getexif()[0x0112] = value
  static let shown: [(value: UInt16, width: Int, pixels: [UInt8])] = [
    (1, 3, [1, 2, 3, 4, 5, 6]), (2, 3, [3, 2, 1, 6, 5, 4]), (3, 3, [6, 5, 4, 3, 2, 1]),
    (4, 3, [4, 5, 6, 1, 2, 3]), (5, 2, [1, 4, 2, 5, 3, 6]), (6, 2, [4, 1, 5, 2, 6, 3]),
    (7, 2, [6, 3, 5, 2, 4, 1]), (8, 2, [3, 6, 2, 5, 1, 4]),
  ]

  private func bigEndianBlock(_ value: UInt16) -> [UInt8] {
    [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1]
      + [UInt8(value >> 8), UInt8(value & 0xFF), 0, 0, 0, 0, 0, 0]
  }

  @Test(arguments: shown)
  func aPNGIsShownAsItsEXIFBlockSaysInBothByteOrders(
    _ shown: (value: UInt16, width: Int, pixels: [UInt8])
  ) throws {
    for exif in [exifBlock(orientation: shown.value), bigEndianBlock(shown.value)] {
      let png = try grayPNG([1, 2, 3, 4, 5, 6], width: 3, height: 2, exif: exif)
      #expect(try decode(png, width: shown.width, height: 6 / shown.width) == shown.pixels)
    }
  }

  // The standard allows it on either side of the pixels.
  @Test(arguments: shown) func anEXIFBlockBehindThePixelsOfAPNGCountsAsWell(
    _ shown: (value: UInt16, width: Int, pixels: [UInt8])
  ) throws {
    let plain = try grayPNG([1, 2, 3, 4, 5, 6], width: 3, height: 2)
    let block = PNGChunk.chunk("eXIf", exifBlock(orientation: shown.value))
    for place in ["IDAT", "IEND"] {
      let png = PNGChunk.inserting(block, before: place, in: plain)
      #expect(try decode(png, width: shown.width, height: 6 / shown.width) == shown.pixels, "\(place)")
      let second = PNGChunk.inserting(
        PNGChunk.chunk("eXIf", exifBlock(orientation: 3)), before: "IEND", in: png)
      #expect(
        try decode(second, width: shown.width, height: 6 / shown.width) == shown.pixels, "the first counts")
    }
  }

  @Test func anEXIFBlockThatIsDamagedOrBehindTheEndOfAPNGDoesNotCount() throws {
    let plain = try grayPNG([1, 2, 3, 4, 5, 6], width: 3, height: 2)
    let block = PNGChunk.chunk("eXIf", exifBlock(orientation: 3))
    let damaged = Array(block.dropLast()) + [block[block.count - 1] ^ 1]
    for place in ["IDAT", "IEND"] {
      let png = PNGChunk.inserting(damaged, before: place, in: plain)
      #expect(try decode(png, width: 3, height: 2) == [1, 2, 3, 4, 5, 6])
    }
    #expect(try decode(plain + block, width: 3, height: 2) == [1, 2, 3, 4, 5, 6])
  }

  @Test(arguments: shown, Preprocessing.ColorMode.allCases)
  func aJPEGIsShownAsItsEXIFBlockSaysInBothByteOrders(
    _ shown: (value: UInt16, width: Int, pixels: [UInt8]), _ colorMode: Preprocessing.ColorMode
  ) throws {
    // Blocks of 16x16 pixels, which JPEG keeps apart.
    let pixels = (0..<32 * 48).map { (i: Int) -> UInt8 in UInt8(40 * (i / 48 / 16 * 3 + i % 48 / 16 + 1)) }
    for exif in [exifBlock(orientation: shown.value), bigEndianBlock(shown.value)] {
      let jpeg = try encodeJPEG(
        width: 48, height: 32, pixels: pixels, options: JPEGOptions(storage: .gray, quality: 100, exif: exif))
      let sample = try decode(jpeg, width: shown.width, height: 6 / shown.width, colorMode)
      let expected = shown.pixels.flatMap { [UInt8](repeating: 40 * $0, count: colorMode.channels) }
      #expect(largestDifference(sample, expected) <= 1)
    }
  }

  @Test(arguments: [Preprocessing.Aspect.crop, .pad, .stretch])
  func turningAndPlacingGiveTheSameAsPlacingWhatWasTurnedBefore(_ aspect: Preprocessing.Aspect)
    throws
  {
    let pixels = noise(6 * 4).map { UInt8($0) }
    for value in UInt16(1)...8 {
      let turnedPixels = try turned(pixels, width: 6, height: 4, value)
      let (width, height) = value < 5 ? (6, 4) : (4, 6)
      let stored = try grayPNG(pixels, width: 6, height: 4, exif: exifBlock(orientation: value))
      let before = try grayPNG(turnedPixels, width: width, height: height)
      let (left, right) = try (
        decode(stored, width: 5, height: 4, aspect: aspect),
        decode(before, width: 5, height: 4, aspect: aspect)
      )
      // Sums in another order may round the other way.
      #expect(largestDifference(left, right) <= 1, "orientation \(value)")
    }
  }

  /// A block whose orientation is of another type than SHORT, in either byte order.
  private func block(type: UInt8, size: Int, value: UInt8, isBigEndian: Bool) -> [UInt8] {
    let padding = [UInt8](repeating: 0, count: 4 - size)
    let zeros = [UInt8](repeating: 0, count: size - 1)
    return isBigEndian
      ? [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, type, 0, 0, 0, 1] + zeros + [value] + padding
        + [0, 0, 0, 0]
      : [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, type, 0, 1, 0, 0, 0, value] + zeros + padding
        + [0, 0, 0, 0]
  }

  // As Pillow 13's exif_transpose turns them. BYTE, LONG, and the types with a sign.
  @Test(arguments: [(1, 1), (3, 2), (4, 4), (6, 1), (8, 2), (9, 4)] as [(UInt8, Int)], [false, true])
  func anOrientationOfAnyIntegerTypeTurnsThePicture(_ type: (code: UInt8, size: Int), isBigEndian: Bool)
    throws
  {
    let exif = block(type: type.code, size: type.size, value: 6, isBigEndian: isBigEndian)
    let png = try grayPNG([1, 2, 3, 4, 5, 6], width: 3, height: 2, exif: exif)
    #expect(try decode(png, width: 2, height: 3) == [4, 1, 5, 2, 6, 3])
  }

  @Test func anEXIFBlockOfAPNGCountsWithThePrefixOfAJPEGsToo() throws {
    let plain = try grayPNG([1, 2, 3, 4, 5, 6], width: 3, height: 2)
    let block = PNGChunk.chunk("eXIf", Array("Exif\0\0".utf8) + exifBlock(orientation: 6))
    let png = PNGChunk.inserting(block, before: "IDAT", in: plain)
    #expect(try decode(png, width: 2, height: 3) == [4, 1, 5, 2, 6, 3])
  }

  @Test func anEXIFBlockOfAJPEGIsFoundBehindAnEmptyOne() throws {
    let gray = (0..<32 * 48).map { UInt8($0 % 48) }
    let options = JPEGOptions(storage: .gray, quality: 100, exif: exifBlock(orientation: 6))
    let turned = try encodeJPEG(width: 48, height: 32, pixels: gray, options: options)
    let empty: [UInt8] = [0xFF, 0xE1, 0, 8] + Array("Exif\0\0".utf8)
    let second = Array(turned.prefix(2)) + empty + Array(turned.dropFirst(2))
    #expect(try decode(second, width: 7, height: 5) == decode(turned, width: 7, height: 5))
  }

  private func turned(_ pixels: [UInt8], width: Int, height: Int, _ value: UInt16) throws -> [UInt8] {
    let png = try grayPNG(pixels, width: width, height: height, exif: exifBlock(orientation: value))
    return try decode(png, width: value < 5 ? width : height, height: value < 5 ? height : width)
  }

  /// Blocks that say nothing sensible.
  static let nonsense: [(name: String, block: [UInt8])] = {
    let good = exifBlock(orientation: 6)
    func changed(_ position: Int, _ values: [UInt8]) -> [UInt8] {
      var block = good
      block.replaceSubrange(position..<position + values.count, with: values)
      return block
    }
    return [
      ("zero", exifBlock(orientation: 0)), ("nine", exifBlock(orientation: 9)),
      ("a large value", exifBlock(orientation: 0xFFFF)), ("another type", changed(12, [7, 0])),
      ("another tag", changed(10, [0x13])), ("no byte order", changed(0, [0x58, 0x58])),
      ("byte orders mixed", changed(0, [0x49, 0x4D])), ("no TIFF", changed(2, [43])),
      ("a directory in the header", changed(4, [0, 0, 0, 0])),
      ("a directory in itself", changed(4, [4, 0, 0, 0])),
      ("a directory at the end", changed(4, [UInt8(good.count), 0, 0, 0])),
      ("a directory far outside", changed(4, [0xFF, 0xFF, 0xFF, 0xFF])),
      ("a directory just below 2 GiB", changed(4, [0xFF, 0xFF, 0xFF, 0x7F])),
      ("65,535 entries, none the tag", changed(8, [0xFF, 0xFF, 0x13])),
    ] + (0..<20).map { ("\($0) bytes", Array(good.prefix($0))) }
  }()

  @Test(arguments: nonsense)
  func anEXIFBlockThatMakesNoSenseChangesNothing(_ nonsense: (name: String, block: [UInt8])) throws {
    let pixels: [UInt8] = [1, 2, 3, 4, 5, 6]
    // libpng's writer refuses what is no TIFF, so the chunk is put in by hand.
    let plain = try grayPNG(pixels, width: 3, height: 2)
    let png = plain.prefix(33) + PNGChunk.chunk("eXIf", nonsense.block) + plain.dropFirst(33)
    #expect(try decode(Array(png), width: 3, height: 2) == pixels)
    let gray = (0..<32 * 48).map { UInt8($0 % 48) }
    let options = JPEGOptions(storage: .gray, quality: 100)
    var withExif = options
    withExif.exif = nonsense.block
    let jpegs = try [options, withExif].map {
      try decode(encodeJPEG(width: 48, height: 32, pixels: gray, options: $0), width: 7, height: 5)
    }
    #expect(jpegs[0] == jpegs[1])
  }

  @Test func anEXIFBlockOfAJPEGIsFoundBehindOtherSegmentsOfItsKind() throws {
    let gray = (0..<32 * 48).map { UInt8($0 % 48) }
    func jpeg(exif: [UInt8]?) throws -> [UInt8] {
      let options = JPEGOptions(storage: .gray, quality: 100, exif: exif)
      return try encodeJPEG(width: 48, height: 32, pixels: gray, options: options)
    }
    let turned = try jpeg(exif: exifBlock(orientation: 6))
    let packet = Array("http://ns.adobe.com/xap/1.0/".utf8) + [0] + Array("<x:xmpmeta/>".utf8)
    let segment = [0xFF, 0xE1, 0, UInt8(packet.count + 2)] + packet
    let described = Array(turned.prefix(2)) + segment + Array(turned.dropFirst(2))
    let sample = try decode(described, width: 7, height: 5)
    #expect(try sample == decode(turned, width: 7, height: 5))
    #expect(try sample != decode(jpeg(exif: nil), width: 7, height: 5))
  }

  @Test func theLastPairOfABlockThatEndsRightBehindItsValueIsStillRead() throws {
    let png = try grayPNG(
      [1, 2, 3, 4, 5, 6], width: 3, height: 2, exif: Array(exifBlock(orientation: 3).prefix(20)))
    #expect(try decode(png, width: 3, height: 2) == [6, 5, 4, 3, 2, 1])
  }
}

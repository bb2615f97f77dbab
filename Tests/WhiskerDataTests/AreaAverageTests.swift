import SampleImages
import Testing
import WhiskerData

@Suite struct AreaAverageTests {
  struct Scaling: Sendable, CustomTestStringConvertible {
    let from: (width: Int, height: Int)
    let to: (width: Int, height: Int)
    var testDescription: String { "\(from.width)x\(from.height) to \(to.width)x\(to.height)" }
  }

  static let scalings: [Scaling] = [
    Scaling(from: (29, 31), to: (28, 28)), Scaling(from: (100, 77), to: (28, 28)),
    Scaling(from: (28, 28), to: (28, 28)), Scaling(from: (56, 84), to: (28, 28)),
    Scaling(from: (13, 200), to: (28, 28)), Scaling(from: (1, 1), to: (28, 28)),
    Scaling(from: (5, 3), to: (28, 17)), Scaling(from: (27, 27), to: (28, 28)),
    Scaling(from: (64, 48), to: (1, 1)), Scaling(from: (7, 7), to: (3, 5)),
    Scaling(from: (257, 3), to: (31, 64)),
  ]

  private func png(_ samples: [UInt16], _ size: (width: Int, height: Int), _ type: PNGOptions.ColorType)
    throws
    -> [UInt8]
  {
    try encodePNG(
      width: size.width, height: size.height, samples: samples, options: PNGOptions(colorType: type))
  }

  // Sums in single precision may tip a value that lies within a thousandth of one half.
  private func expectEqual(_ sample: [UInt8], _ exact: [UInt8], _ comment: Comment) {
    #expect(largestDifference(sample, exact) <= 1, comment)
    #expect(zip(sample, exact).count { $0 != $1 } <= exact.count / 100, comment)
  }

  @Test(arguments: scalings) func everyPixelIsTheMeanOfTheAreaUnderIt(_ scaling: Scaling) throws {
    let samples = noise(scaling.from.width * scaling.from.height)
    let exact = AreaReference(
      pixels: samples.map { Double($0) }, width: scaling.from.width, height: scaling.from.height
    ).scaled(to: scaling.to.width, scaling.to.height)
    let bytes = try png(samples, scaling.from, .gray)
    try expectEqual(decode(bytes, width: scaling.to.width, height: scaling.to.height), exact, "gray")
  }

  @Test(arguments: scalings) func coloursAreAveragedEachByItself(_ scaling: Scaling) throws {
    let samples = noise(scaling.from.width * scaling.from.height * 3)
    let exact = AreaReference(
      pixels: samples.map { Double($0) }, width: scaling.from.width, height: scaling.from.height, channels: 3
    ).scaled(to: scaling.to.width, scaling.to.height)
    let bytes = try png(samples, scaling.from, .rgb)
    try expectEqual(decode(bytes, width: scaling.to.width, height: scaling.to.height, .rgb), exact, "RGB")
  }

  @Test func aValueWorkedOutByHand() throws {
    // 3 pixels to 2: 10 and half of 40, half of 40 and 100.
    let bytes = try grayPNG([10, 40, 100], width: 3, height: 1)
    #expect(try decode(bytes, width: 2, height: 1) == [20, 80])
  }

  // What a sampler without a filter makes of it are stripes, or all black or all white, as the phase has it.
  @Test(arguments: [280, 283, 301, 1000]) func thePatternOfAScreenBecomesAnEvenGray(_ side: Int) throws {
    let pixels = (0..<side * side).map { (i: Int) -> UInt8 in (i % side + i / side) % 2 == 0 ? 255 : 0 }
    let jpeg = try encodeJPEG(
      width: side, height: side, pixels: pixels, options: JPEGOptions(storage: .gray, quality: 100))
    for bytes in [try grayPNG(pixels, width: side, height: side), jpeg] {
      let sample = try decode(bytes, width: 28, height: 28)
      #expect(sample.allSatisfy { abs(Double($0) - 127.5) < 3 }, "\(sample.min() ?? 0)-\(sample.max() ?? 0)")
    }
  }

  // The first pixels of what Pillow 13 makes of the same picture:
  //   image = Image.frombytes("L", (56, 56), bytes((x * 3 + y * 2) % 256 for y in range(56) for x in range(56)))
  //   list(image.resize((28, 28), Image.Resampling.BOX).getdata())[:5], and the last five
  @Test func halvingAgreesWithPillowsBoxFilter() throws {
    let pixels = (0..<56 * 56).map { (i: Int) -> UInt8 in UInt8((i % 56 * 3 + i / 56 * 2) % 256) }
    let sample = try decode(grayPNG(pixels, width: 56, height: 56), width: 28, height: 28)
    #expect(Array(sample.prefix(5)) == [3, 9, 15, 21, 27])
    #expect(Array(sample.suffix(5)) == [249, 191, 5, 11, 17])
  }

  @Test(arguments: [0, 1, 127, 254, 255] as [UInt8])
  func aFlatPictureStaysFlatAtAnyRatio(_ value: UInt8) throws {
    for side in [1, 3, 28, 29, 31, 97] {
      let bytes = try grayPNG([UInt8](repeating: value, count: side * 37), width: side, height: 37)
      let sample = try decode(bytes, width: 28, height: 28)
      #expect(sample.allSatisfy { $0 == value }, "\(side)")
    }
  }

  @Test(arguments: [(60, 31), (31, 60), (10, 7), (29, 28), (28, 28), (400, 3)])
  func croppingKeepsTheMiddleAsLargeAsFits(_ size: (width: Int, height: Int)) throws {
    let samples = noise(size.width * size.height)
    let side = Double(min(size.width, size.height))
    let exact = AreaReference(pixels: samples.map { Double($0) }, width: size.width, height: size.height)
      .scaled(
        to: 14, 14, x: (Double(size.width) - side) / 2, y: (Double(size.height) - side) / 2, cropWidth: side,
        cropHeight: side)
    let bytes = try png(samples, size, .gray)
    try expectEqual(decode(bytes, width: 14, height: 14, aspect: .crop), exact, "crop")
  }

  @Test(arguments: [(60, 30, 14, 7), (30, 60, 7, 14), (10, 10, 14, 14), (41, 13, 14, 4), (400, 3, 14, 1)])
  func paddingKeepsTheWholePictureCentredBetweenBars(
    _ size: (width: Int, height: Int, innerWidth: Int, innerHeight: Int)
  ) throws {
    let samples = noise(size.width * size.height)
    let inner = AreaReference(pixels: samples.map { Double($0) }, width: size.width, height: size.height)
      .scaled(to: size.innerWidth, size.innerHeight)
    let (left, top) = ((14 - size.innerWidth) / 2, (14 - size.innerHeight) / 2)
    let exact = (0..<14 * 14).map { i -> UInt8 in
      let (x, y) = (i % 14 - left, i / 14 - top)
      let isInside = (0..<size.innerWidth).contains(x) && (0..<size.innerHeight).contains(y)
      return isInside ? inner[y * size.innerWidth + x] : 77
    }
    let background = Preprocessing.Color(red: 77, green: 77, blue: 77)
    let bytes = try png(samples, (size.width, size.height), .gray)
    try expectEqual(
      decode(bytes, width: 14, height: 14, aspect: .pad, background: background), exact, "pad")
  }

  @Test func barsHaveTheBackgroundsColour() throws {
    let green = Preprocessing.Color(red: 0, green: 255, blue: 0)
    let bytes = try grayPNG([9, 9], width: 2, height: 1)
    let rgb = try decode(bytes, width: 2, height: 2, .rgb, aspect: .pad, background: green)
    #expect(rgb == [9, 9, 9, 9, 9, 9, 0, 255, 0, 0, 255, 0])
    // 0.587 x 255 = 149.7
    #expect(try decode(bytes, width: 2, height: 2, aspect: .pad, background: green) == [9, 9, 150, 150])
  }

  @Test func mirroringBeforeScalingIsMirroringAfter() throws {
    let (width, height) = (31, 45)
    let pixels = noise(width * height).map { UInt8($0) }
    let mirrored = pixels.indices.map { (i: Int) -> UInt8 in
      pixels[i / width * width + (width - 1 - i % width)]
    }
    let sample = try decode(grayPNG(pixels, width: width, height: height), width: 14, height: 14)
    let other = try decode(grayPNG(mirrored, width: width, height: height), width: 14, height: 14)
    let back = sample.indices.map { (i: Int) -> UInt8 in other[i / 14 * 14 + (13 - i % 14)] }
    expectEqual(back, sample, "mirrored")
  }

  @Test func turningBeforeScalingIsTurningAfter() throws {
    let (width, height) = (31, 45)
    let pixels = noise(width * height).map { UInt8($0) }
    let turned = pixels.indices.map { (i: Int) -> UInt8 in
      pixels[(height - 1 - i % height) * width + i / height]
    }
    let sample = try decode(grayPNG(pixels, width: width, height: height), width: 14, height: 14)
    let other = try decode(grayPNG(turned, width: height, height: width), width: 14, height: 14)
    let back = sample.indices.map { (i: Int) -> UInt8 in other[i % 14 * 14 + (13 - i / 14)] }
    expectEqual(back, sample, "turned")
  }
}

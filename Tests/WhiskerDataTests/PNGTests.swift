import SampleImages
import Testing
import WhiskerData

@Suite struct PNGTests {
  struct Layout: Sendable, CustomTestStringConvertible {
    let name: String
    let colorType: PNGOptions.ColorType
    let depth: Int
    var key: [UInt16]?
    var testDescription: String { "\(name), \(depth) bits" }

    var channels: Int {
      switch colorType {
      case .gray, .palette: 1
      case .grayAlpha: 2
      case .rgb: 3
      case .rgba: 4
      }
    }

    var sampleBound: Int {
      if case .palette(let colors, _) = colorType { return colors.count }
      return 1 << depth
    }
  }

  static let colors = (0..<256).map { (i: Int) -> RGB in RGB(UInt8(i), UInt8(255 - i), UInt8(i * 7 % 256)) }
  static let alphas = (0..<200).map { (i: Int) -> UInt8 in UInt8(i * 5 % 256) }

  static let layouts: [Layout] = grays + directColors + palettes

  static let grays: [Layout] = [1, 2, 4, 8, 16].flatMap { depth -> [Layout] in
    [
      Layout(name: "gray", colorType: .gray, depth: depth),
      Layout(name: "gray with a colour key", colorType: .gray, depth: depth, key: [1]),
    ]
  }

  static let directColors: [Layout] = [8, 16].flatMap { depth -> [Layout] in
    [
      Layout(name: "gray and alpha", colorType: .grayAlpha, depth: depth),
      Layout(name: "RGB", colorType: .rgb, depth: depth),
      Layout(name: "RGBA", colorType: .rgba, depth: depth),
    ]
  }

  static let palettes: [Layout] = [1, 2, 4, 8].flatMap { depth -> [Layout] in
    let some = Array(colors.prefix(1 << depth))
    let alpha = Array(alphas.prefix(1 << (depth - 1)))
    return [
      Layout(name: "palette", colorType: .palette(some), depth: depth),
      Layout(name: "palette with alpha", colorType: .palette(some, alpha: alpha), depth: depth),
    ]
  }

  /// A pixel's colour from 0 to 1, with alpha, computed from the samples by the standard alone.
  private func color(_ samples: ArraySlice<UInt16>, _ layout: Layout) -> [Double] {
    let largest = Double((1 << layout.depth) - 1)
    let values: [Double] = samples.map { Double($0) / largest }
    let isKey = layout.key.map { Array(samples) == $0 } ?? false
    switch layout.colorType {
    case .gray: return [values[0], values[0], values[0], isKey ? 0 : 1]
    case .grayAlpha: return [values[0], values[0], values[0], values[1]]
    case .rgb: return values + [isKey ? 0 : 1]
    case .rgba: return values
    case .palette(let colors, let alpha):
      let index = Int(samples.first ?? 0)
      let color = colors[index]
      let bytes: [UInt8] = [color.red, color.green, color.blue, index < alpha.count ? alpha[index] : 255]
      return bytes.map { Double($0) / 255 }
    }
  }

  private func expected(_ samples: [UInt16], _ layout: Layout, over background: Preprocessing.Color)
    -> [Double]
  {
    let under: [Double] = [background.red, background.green, background.blue].map { Double($0) }
    return stride(from: 0, to: samples.count, by: layout.channels).flatMap { start in
      let color = color(samples[start..<start + layout.channels], layout)
      return (0..<3).map { channel -> Double in
        255 * color[channel] * color[3] + under[channel] * (1 - color[3])
      }
    }
  }

  // 16-bit samples and alphas are rounded to 8 bits before they are composited, hence a tolerance above one half.
  private func agrees(_ decoded: [UInt8], _ expected: [Double]) -> Bool {
    decoded.count == expected.count && zip(decoded, expected).allSatisfy { abs(Double($0) - $1) <= 1.6 }
  }

  @Test(arguments: layouts, [false, true])
  func everyLayoutHasTheColoursThatTheStandardSays(_ layout: Layout, interlaced: Bool) throws {
    let background = Preprocessing.Color(red: 10, green: 200, blue: 90)
    for (width, height) in [(1, 1), (3, 2), (9, 13), (17, 5)] {
      let samples = noise(width * height * layout.channels, below: layout.sampleBound)
      let bytes = try encodePNG(
        width: width, height: height, samples: samples,
        options: PNGOptions(
          colorType: layout.colorType, bitDepth: layout.depth, interlaced: interlaced,
          transparentColor: layout.key))
      let colors = expected(samples, layout, over: background)
      let rgb = try decode(bytes, width: width, height: height, .rgb, background: background)
      #expect(agrees(rgb, colors), "RGB \(width)x\(height)")
      let gray = try decode(bytes, width: width, height: height, background: background)
      let lumas: [Double] = stride(from: 0, to: colors.count, by: 3).map { start -> Double in
        luma(colors[start], colors[start + 1], colors[start + 2])
      }
      #expect(agrees(gray, lumas), "gray \(width)x\(height)")
    }
  }

  @Test(arguments: [8, 16]) func anRGBColourKeyIsTransparentAndWhatIsNearItIsNot(_ depth: Int) throws {
    let scale = UInt16(depth == 8 ? 1 : 257)
    let key = [10, 20, 30].map { UInt16($0) * scale }
    let near = [key[0], key[1], key[2] + 1]
    let bytes = try encodePNG(
      width: 2, height: 1, samples: key + near,
      options: PNGOptions(colorType: .rgb, bitDepth: depth, transparentColor: key))
    let pixels = try decode(bytes, width: 2, height: 1, .rgb)
    #expect(Array(pixels.prefix(3)) == [255, 255, 255])
    #expect(largestDifference(Array(pixels.suffix(3)), [10, 20, 31]) <= 1)
  }

  @Test func a28x28GrayPictureComesThroughBitForBit() throws {
    let pixels = noise(28 * 28).map { UInt8($0) }
    for interlaced in [false, true] {
      let bytes = try encodePNG(
        width: 28, height: 28, samples: pixels.map(UInt16.init),
        options: PNGOptions(colorType: .gray, interlaced: interlaced))
      #expect(try decode(bytes, width: 28, height: 28) == pixels)
    }
  }

  @Test func aGrayPictureThatIsStoredInColourIsTheSameGray() throws {
    let pixels = (0...255).map { UInt16($0) }
    let bytes = try encodePNG(
      width: 16, height: 16, samples: pixels.flatMap { [$0, $0, $0] }, options: PNGOptions(colorType: .rgb))
    #expect(try decode(bytes, width: 16, height: 16) == pixels.map { UInt8($0) })
  }

  // v x 255 / 65535 rounded to the nearest: 128 gives 0.498, 129 gives 0.502, 65407 gives 254.502.
  @Test func sixteenBitSamplesAreScaledNotCutOff() throws {
    let samples: [UInt16] = [0, 128, 129, 255, 256, 32768, 65406, 65407, 65535]
    let bytes = try encodePNG(
      width: 9, height: 1, samples: samples, options: PNGOptions(colorType: .gray, bitDepth: 16))
    #expect(try decode(bytes, width: 9, height: 1) == [0, 0, 1, 1, 1, 128, 254, 255, 255])
  }

  @Test func transparentPixelsAreWhiteUnlessAnotherBackgroundIsAskedFor() throws {
    let bytes = try encodePNG(
      width: 3, height: 1, samples: [0, 0, 0, 0, 0, 0, 0, 51, 200, 100, 50, 255],
      options: PNGOptions(colorType: .rgba))
    #expect(try decode(bytes, width: 3, height: 1, .rgb) == [255, 255, 255, 204, 204, 204, 200, 100, 50])
    #expect(
      try decode(bytes, width: 3, height: 1, .rgb, background: .black) == [0, 0, 0, 0, 0, 0, 200, 100, 50])
    // 0.299 x 255 = 76.2 is the gray of red; four fifths of it are 61.
    let red = Preprocessing.Color(red: 255, green: 0, blue: 0)
    #expect(try Array(decode(bytes, width: 3, height: 1, background: red).prefix(2)) == [76, 61])
  }
}

import SampleImages
import WhiskerData
import WhiskerCore

/// Decodes a picture to a sample of the given size.
func decode(
  _ bytes: [UInt8], width: Int, height: Int, _ colorMode: Preprocessing.ColorMode = .grayscale,
  aspect: Preprocessing.Aspect = .stretch, background: Preprocessing.Color = .white,
  decode: Preprocessing.Decode = .scaled, maximumPixels: Int = ImageDecoder.defaultMaximumPixels,
  allowsTruncated: Bool = false
) throws -> [UInt8] {
  let preprocessing = Preprocessing(
    height: height, width: width, colorMode: colorMode, aspect: aspect, background: background,
    decode: decode)
  return try ImageDecoder(
    preprocessing, maximumPixels: maximumPixels, allowsTruncated: allowsTruncated
  ).decode(bytes, name: "picture")
}

/// Numbers below `bound`, the same for the same seed.
func noise(_ count: Int, below bound: Int = 256, seed: UInt64 = 1) -> [UInt16] {
  var random = RandomStream(seed: seed, purpose: .samples)
  return (0..<count).map { _ in UInt16(random.next(below: bound)) }
}

/// A gray PNG of the given pixels.
func grayPNG(_ pixels: [UInt8], width: Int, height: Int, exif: [UInt8]? = nil) throws -> [UInt8] {
  try encodePNG(
    width: width, height: height, samples: pixels.map(UInt16.init),
    options: PNGOptions(colorType: .gray, exif: exif))
}

/// A gray PNG all of one value, 4x4 pixels.
func flatPNG(_ value: UInt8) throws -> [UInt8] {
  try grayPNG([UInt8](repeating: value, count: 16), width: 4, height: 4)
}

/// A smooth colour picture `[height, width, 3]`: waves, of which no two channels are alike.
func smoothRGB(width: Int, height: Int) -> [UInt8] {
  (0..<height * width * 3).map { (i: Int) -> UInt8 in
    let (x, y, channel) = (i / 3 % width, i / 3 / width, i % 3)
    let across = Double(x) / Double(width), down = Double(y) / Double(height)
    let phase = 0.4 * across + 0.2 * down * Double(channel) + 0.15 * Double(channel)
    return UInt8(128 + 100 * triangle(phase))
  }
}

/// From -1 to 1 and back, once per unit.
private func triangle(_ phase: Double) -> Double { 4 * abs(phase - phase.rounded()) - 1 }

/// Luma of ITU-R BT.601, as PNG and JPEG gray is defined here.
func luma(_ red: Double, _ green: Double, _ blue: Double) -> Double {
  0.299 * red + 0.587 * green + 0.114 * blue
}

/// The mean absolute difference of two samples.
func meanDifference(_ left: [UInt8], _ right: [UInt8]) -> Double {
  precondition(left.count == right.count)
  return Double(zip(left, right).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }) / Double(left.count)
}

/// The mean absolute difference of a sample and exact values.
func meanDifference(_ sample: [UInt8], _ exact: [Double]) -> Double {
  precondition(sample.count == exact.count)
  return zip(sample, exact).reduce(0) { $0 + abs(Double($1.0) - $1.1) } / Double(sample.count)
}

/// The largest difference of two samples.
func largestDifference(_ left: [UInt8], _ right: [UInt8]) -> Int {
  precondition(left.count == right.count)
  return zip(left, right).map { abs(Int($0) - Int($1)) }.max() ?? 0
}

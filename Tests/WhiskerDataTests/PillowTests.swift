import Foundation
import TestSupport
import Testing
import WhiskerData

/// Sample pictures against the figures that References/pillow_samples.py printed.
@Suite struct PillowTests {
  struct Sample: Sendable, CustomTestStringConvertible {
    let name: String
    /// Of 28x28 gray pixels: the mean of all, and columns 4, 8, 12, 16 and 20 of row 14.
    let mean: Double
    let row14: [Double]
    /// Of the red channel at half the size: the mean of all, and the five in the middle.
    let halfMean: Double?
    let half: [UInt8]
    var testDescription: String { name }

    init(
      _ name: String, mean: Double, row14: [Double], halfMean: Double? = nil, half: [UInt8] = []
    ) {
      (self.name, self.mean, self.row14, self.halfMean, self.half) = (name, mean, row14, halfMean, half)
    }
  }

  static let samples = [
    Sample("cat/000.png", mean: 223.352, row14: [246.40, 190.54, 190.99, 161.10, 255.00]),
    Sample(
      "cat/003.png", mean: 191.515, row14: [255.00, 73.87, 91.66, 102.41, 128.95], halfMean: 201.181,
      half: [125, 224, 224, 220, 137]),
    Sample(
      "cat/007.png", mean: 112.961, row14: [90.51, 140.52, 209.73, 105.69, 153.38], halfMean: 106.896,
      half: [222, 222, 222, 222, 222]),
    Sample("cat/021.png", mean: 156.290, row14: [144.88, 159.92, 91.93, 177.78, 113.39]),
    Sample(
      "cat/024.png", mean: 154.815, row14: [133.79, 101.57, 80.13, 74.62, 135.75], halfMean: 154.869,
      half: [77, 85, 111, 102, 60]),
    Sample(
      "cat/038.png", mean: 164.891, row14: [156.08, 144.44, 117.13, 155.61, 233.91], halfMean: 140.136,
      half: [114, 139, 240, 221, 68]),
    Sample("cat/077.png", mean: 147.854, row14: [105.08, 55.33, 82.31, 55.33, 60.07]),
    Sample(
      "cat/012.jpg", mean: 177.030, row14: [211.99, 77.26, 150.68, 83.05, 83.51], halfMean: 183.978,
      half: [156, 78, 106, 102, 107]),
    Sample("cat/014.jpg", mean: 146.545, row14: [157.65, 109.09, 68.13, 53.50, 147.48]),
    Sample(
      "cat/033.jpg", mean: 177.765, row14: [224.39, 153.02, 187.75, 165.87, 154.09], halfMean: 183.164,
      half: [184, 70, 129, 191, 190]),
    Sample(
      "cat/040.jpg", mean: 135.186, row14: [199.17, 65.69, 197.13, 34.84, 46.54], halfMean: 135.297,
      half: [144, 40, 35, 124, 177]),
    Sample("cat/080.jpg", mean: 161.734, row14: [180.09, 87.54, 83.30, 77.57, 124.87]),
    Sample(
      "cat/130.jpg", mean: 162.916, row14: [206.34, 120.08, 126.44, 158.03, 217.55], halfMean: 153.902,
      half: [226, 222, 222, 221, 221]),
    Sample(
      "dog/053.jpg", mean: 113.407, row14: [95.45, 109.45, 132.51, 174.04, 120.17], halfMean: 113.538,
      half: [201, 200, 200, 130, 59]),
  ]

  private func bytes(_ sample: Sample) throws -> [UInt8] {
    let path = "\(Fixtures.samples)/cats-dogs/train/\(sample.name)"
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  // Half a unit is lost by rounding, and as much again where 16 bits or transparency were rounded before.
  @Test(arguments: samples) func aSampleAtFullDecodeIsWhatPillowAndExactAveragesMakeOfIt(_ sample: Sample)
    throws
  {
    let pixels = try decode(bytes(sample), width: 28, height: 28, decode: .full)
    let row = stride(from: 4, to: 24, by: 4).map { Double(pixels[14 * 28 + $0]) }
    for (value, exact) in zip(row, sample.row14) { #expect(abs(value - exact) <= 1, "\(row)") }
    #expect(abs(pixels.reduce(0) { $0 + Double($1) } / 784 - sample.mean) < 0.3)
  }

  @Test(arguments: samples.filter { $0.halfMean != nil })
  func halfASampleIsWhatPillowsReduceMakesOfIt(_ sample: Sample) throws {
    let bytes = try bytes(sample)
    let full = try FullPicture(bytes)
    let (width, height) = (full.width / 2, full.height / 2)
    let pixels = try decode(bytes, width: width, height: height, .rgb, decode: .full)
    let red = stride(from: 0, to: pixels.count, by: 3).map { pixels[$0] }
    let start = height / 2 * width + width / 2 - 2
    #expect(largestDifference(Array(red[start..<start + 5]), sample.half) <= 1)
    let mean = red.reduce(0) { $0 + Double($1) } / Double(red.count)
    #expect(abs(mean - (sample.halfMean ?? 0)) < 0.3)
  }
}

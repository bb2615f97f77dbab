import Foundation
import Testing
import WhiskerCore
import WhiskerData

/// Resampling by crops, rotations, shifts and mirroring, compared with a computation in double precision.
@Suite struct ResamplingTests {
  private static func motion(
    crop: Motion.Crop? = nil, mirrored: Bool = false, degrees: Double = 0, right: Double = 0, down: Double = 0
  ) -> Motion {
    var motion = Motion()
    (motion.crop, motion.isMirrored, motion.degrees) = (crop, mirrored, degrees)
    (motion.right, motion.down) = (right, down)
    return motion
  }

  private static let corner = Motion.Crop(x: 0, y: 0, width: 0.6, height: 0.8)
  private static let part = Motion.Crop(x: 0.31, y: 0.27, width: 0.42, height: 0.5)

  static let motions = [
    motion(), motion(mirrored: true), motion(crop: corner), motion(crop: part, mirrored: true),
    motion(degrees: 11), motion(crop: part, degrees: -160), motion(right: 3.3, down: -2.2),
    motion(crop: corner, mirrored: true, degrees: 25, right: -5.5, down: 60),
  ]

  private func noise(_ shape: Preprocessing) -> [UInt8] {
    var stream = RandomStream(seed: 7, purpose: .samples)
    return (0..<shape.sampleSize).map { _ in UInt8(stream.next(below: 256)) }
  }

  /// A value of the moved picture: the mean of the source around the point, weighted by a tent.
  private func expected(
    _ picture: [UInt8], _ source: Preprocessing, _ target: Preprocessing, _ motion: Motion, _ column: Int,
    _ row: Int, _ channel: Int
  ) -> Double {
    let crop = motion.crop ?? Motion.Crop()
    // From the target back to the source: the shift, the rotation about the middle, the mirror, the crop.
    let x = Double(column) + 0.5 - motion.right - Double(target.width) / 2
    let y = Double(row) + 0.5 - motion.down - Double(target.height) / 2
    let angle = motion.degrees * .pi / 180
    var across = (x * cos(angle) + y * sin(angle)) / Double(target.width) + 0.5
    let downwards = (y * cos(angle) - x * sin(angle)) / Double(target.height) + 0.5
    if motion.isMirrored { across = 1 - across }
    let pointX: Double = (crop.x + across * crop.width) * Double(source.width) - 0.5
    let pointY: Double = (crop.y + downwards * crop.height) * Double(source.height) - 0.5
    let radiusX: Double = max(1, crop.width * Double(source.width) / Double(target.width))
    let radiusY: Double = max(1, crop.height * Double(source.height) / Double(target.height))
    func weights(_ center: Double, _ radius: Double) -> [(pixel: Int, weight: Double)] {
      let pixels = Int(floor(center - radius))...Int(ceil(center + radius))
      return pixels.map { pixel in
        let distance: Double = abs(Double(pixel) - center)
        return (pixel, max(0, radius - distance))
      }
    }
    var (sum, total) = (0.0, 0.0)
    for (line, weightY) in weights(pointY, radiusY) {
      for (pixel, weightX) in weights(pointX, radiusX) {
        let from = (min(max(pixel, 0), source.width - 1), min(max(line, 0), source.height - 1))
        let value = picture[(from.1 * source.width + from.0) * source.channels + channel]
        sum += weightX * weightY * Double(value)
        total += weightX * weightY
      }
    }
    return sum / total
  }

  @Test("Resampling agrees with double precision", arguments: motions, [(20, 24), (16, 16), (9, 40)])
  func resamplingAgreesWithDoublePrecision(_ motion: Motion, _ size: (Int, Int)) {
    for mode in Preprocessing.ColorMode.allCases {
      let source = Preprocessing(height: size.0, width: size.1, colorMode: mode)
      let target = Preprocessing(height: 16, width: 14, colorMode: mode)
      let picture = noise(source)
      var moved = [UInt8](repeating: 0, count: target.sampleSize)
      picture.withUnsafeBufferPointer { picture in
        moved.withUnsafeMutableBufferPointer {
          Resampling(source: source, target: target).apply(motion, from: picture, to: $0)
        }
      }
      var worst = 0.0
      for (place, value) in moved.enumerated() {
        let (pixel, channel) = place.quotientAndRemainder(dividingBy: mode.channels)
        let (row, column) = pixel.quotientAndRemainder(dividingBy: target.width)
        let wanted = expected(picture, source, target, motion, column, row, channel)
        worst = max(worst, abs(Double(value) - wanted))
      }
      // Half a step of rounding, and in either direction a 256th of a pixel between values that differ by up to 255.
      #expect(worst < 2.5, "\(mode)")
    }
  }

  @Test("A whole picture of the same size stays as it is")
  func identityChangesNothing() {
    let shape = Preprocessing(height: 12, width: 17, colorMode: .rgb)
    let picture = noise(shape)
    var moved = [UInt8](repeating: 0, count: shape.sampleSize)
    picture.withUnsafeBufferPointer { picture in
      moved.withUnsafeMutableBufferPointer {
        Resampling(source: shape, target: shape).apply(Motion(), from: picture, to: $0)
      }
    }
    #expect(moved == picture)
  }

  @Test("Crops have the wanted areas and aspect ratios, and lie within the picture")
  func cropsFollowTorchvisionsRule() throws {
    // Ramps along both sides show which rectangle a sample is.
    let shape = Preprocessing(height: 101, width: 101, colorMode: .rgb)
    let values = (0..<101).map { UInt8($0 * 5 / 2) }
    let picture: [UInt8] = values.flatMap { (down: UInt8) -> [UInt8] in
      values.flatMap { (right: UInt8) -> [UInt8] in [right, down, 0] }
    }
    var augmentation = Augmentation()
    augmentation.randomResizedCrop = 0.35...1
    var (areas, logarithms): ([Double], [Double]) = ([], [])
    for index in 0..<400 as Range<SampleIndex> {
      var pixels = picture
      let augmenter = Augmenter(augmentation, shape, seed: 3, epoch: 1)
      pixels.withUnsafeMutableBufferPointer { augmenter.apply(to: $0, index: index) }
      func value(_ row: Int, _ column: Int, _ channel: Int) -> Double {
        Double(pixels[(row * 101 + column) * 3 + channel])
      }
      // Away from the edges, which repeat.
      let width = (value(50, 95, 0) - value(50, 5, 0)) / 90 / 2.5
      let height = (value(95, 50, 1) - value(5, 50, 1)) / 90 / 2.5
      areas.append(width * height)
      logarithms.append(log(width / height))
    }
    #expect(areas.allSatisfy { (0.33...1.02).contains($0) })
    #expect(areas.min() ?? 1 < 0.37 && areas.max() ?? 0 > 0.93)
    #expect(logarithms.allSatisfy { abs($0) < log(4.0 / 3) + 0.03 })
    #expect(logarithms.min() ?? 0 < -0.25 && logarithms.max() ?? 0 > 0.25)
    #expect(abs(logarithms.reduce(0, +) / 400) < 0.04)
  }
}

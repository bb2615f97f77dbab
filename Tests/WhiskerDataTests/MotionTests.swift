import Foundation
import Testing
import WhiskerData
import WhiskerCore

@Suite struct MotionTests {
  /// A picture made up at random, and what the tests need of it.
  struct Sample: Equatable {
    let height: Int
    let width: Int
    let channels: Int
    var values: [UInt8]

    init(height: Int, width: Int, channels: Int, seed: UInt64 = 1) {
      (self.height, self.width, self.channels) = (height, width, channels)
      var random = RandomStream(seed: seed, purpose: .samples)
      values = (0..<height * width * channels).map { _ in UInt8(random.next(below: 256)) }
    }

    /// The value at a place, beyond the edge that of the edge.
    func value(_ row: Int, _ column: Int, _ channel: Int) -> UInt8 {
      let (row, column) = (min(max(row, 0), height - 1), min(max(column, 0), width - 1))
      return values[(row * width + column) * channels + channel]
    }

    /// The picture whose value at every place is given.
    func map(_ value: (_ row: Int, _ column: Int, _ channel: Int) -> UInt8) -> Sample {
      var result = self
      for row in 0..<height {
        for column in 0..<width {
          for channel in 0..<channels {
            result.values[(row * width + column) * channels + channel] = value(row, column, channel)
          }
        }
      }
      return result
    }

    func moved(_ motion: Motion) -> Sample {
      var result = self
      values.withUnsafeBufferPointer { source in
        result.values.withUnsafeMutableBufferPointer { target in
          motion.apply(from: source, to: target, height: height, width: width, channels: channels)
        }
      }
      return result
    }
  }

  private func motion(
    mirrored: Bool = false, degrees: Double = 0, right: Double = 0, down: Double = 0
  ) -> Motion {
    var motion = Motion()
    (motion.isMirrored, motion.degrees, motion.right, motion.down) = (mirrored, degrees, right, down)
    return motion
  }

  static let sizes = [(1, 1), (1, 7), (6, 1), (2, 2), (28, 28), (27, 29), (64, 48)]

  @Test(arguments: sizes, [1, 3]) func noMotionLeavesEveryByte(_ size: (Int, Int), channels: Int) {
    let sample = Sample(height: size.0, width: size.1, channels: channels)
    #expect(sample.moved(Motion()) == sample)
  }

  @Test(arguments: sizes, [1, 3]) func aMirroredSampleIsExact(_ size: (Int, Int), channels: Int) {
    let sample = Sample(height: size.0, width: size.1, channels: channels)
    #expect(sample.moved(motion(mirrored: true)) == sample.map { sample.value($0, size.1 - 1 - $1, $2) })
  }

  @Test(arguments: sizes, [1, 3])
  func shiftsByWholePixelsAreExactAndTheEdgeGoesOn(_ size: (Int, Int), channels: Int) {
    let sample = Sample(height: size.0, width: size.1, channels: channels)
    for (right, down) in [(1, 0), (0, 1), (-3, 2), (5, -4), (100, 100)] {
      let moved = sample.moved(motion(right: Double(right), down: Double(down)))
      #expect(moved == sample.map { sample.value($0 - down, $1 - right, $2) }, "\(right), \(down)")
    }
  }

  @Test(arguments: [1, 2, 9, 28, 64], [1, 3])
  func quarterTurnsOfASquareAreExact(_ side: Int, channels: Int) {
    let sample = Sample(height: side, width: side, channels: channels)
    let last = side - 1
    // Clockwise: the left column becomes the top row, from its bottom to its top.
    #expect(sample.moved(motion(degrees: 90)) == sample.map { sample.value(last - $1, $0, $2) })
    #expect(sample.moved(motion(degrees: 180)) == sample.map { sample.value(last - $0, last - $1, $2) })
    #expect(sample.moved(motion(degrees: -90)) == sample.map { sample.value($1, last - $0, $2) })
  }

  @Test func aHalfTurnOfAnyShapeIsExact() {
    let sample = Sample(height: 5, width: 12, channels: 3)
    #expect(sample.moved(motion(degrees: 180)) == sample.map { sample.value(4 - $0, 11 - $1, $2) })
  }

  @Test func aSampleIsMirroredThenTurnedThenShifted() {
    let sample = Sample(height: 9, width: 9, channels: 1)
    let steps = sample.moved(motion(mirrored: true)).moved(motion(degrees: 90)).moved(
      motion(right: 2, down: -1))
    // What comes from within is the same; what comes from beyond the edge is not, as the edge is another.
    let once = sample.moved(motion(mirrored: true, degrees: 90, right: 2, down: -1))
    for row in 0..<8 {
      for column in 2..<9 { #expect(once.value(row, column, 0) == steps.value(row, column, 0)) }
    }
  }

  @Test(arguments: 0..<40 as Range<UInt64>) func anyMotionIsWithinARoundingOfTheDefinition(_ seed: UInt64) {
    var random = RandomStream(seed: seed, purpose: .samples)
    let sample = Sample(
      height: 1 + random.next(below: 40), width: 1 + random.next(below: 40),
      channels: random.next(below: 2) * 2 + 1, seed: seed)
    let motion = motion(
      mirrored: random.next(below: 2) == 0, degrees: 360 * random.unit() - 180,
      right: 20 * random.unit() - 10,
      down: 20 * random.unit() - 10)
    let moved = sample.moved(motion)
    let reference = reference(sample, motion)
    for (place, value) in moved.values.enumerated() {
      #expect(abs(Double(value) - reference[place]) < 0.8, "\(motion) at \(place)")
      if abs(Double(value) - reference[place]) >= 0.8 { return }
    }
  }

  /// Every value by the definition, in floating point: the point that comes to lie there is found by undoing one step
  /// after the other, and its value is that of the plane between its four neighbours.
  private func reference(_ sample: Sample, _ motion: Motion) -> [Double] {
    let angle = motion.degrees * .pi / 180
    let (height, width) = (Double(sample.height), Double(sample.width))
    var values: [Double] = []
    for row in 0..<sample.height {
      for column in 0..<sample.width {
        // Unshifted, from the middle, with y upwards, then turned back: counterclockwise.
        let (x, y) = (
          Double(column) + 0.5 - motion.right - width / 2, height / 2 - Double(row) - 0.5 + motion.down
        )
        let (turnedX, turnedY) = (x * cos(angle) - y * sin(angle), x * sin(angle) + y * cos(angle))
        let fromX = min(max((motion.isMirrored ? -turnedX : turnedX) + width / 2 - 0.5, 0), width - 1)
        let fromY = min(max(height / 2 - turnedY - 0.5, 0), height - 1)
        let (left, top) = (Int(fromX), Int(fromY))
        let (restX, restY) = (fromX - Double(left), fromY - Double(top))
        for channel in 0..<sample.channels {
          let corners = [(0, 0), (0, 1), (1, 0), (1, 1)].map { down, right in
            Double(sample.value(top + down, left + right, channel)) * (down == 1 ? restY : 1 - restY)
              * (right == 1 ? restX : 1 - restX)
          }
          values.append(corners.reduce(0, +))
        }
      }
    }
    return values
  }
}

import Glibc

/// A motion of a sample's pixels: cropped, then mirrored, then rotated about the middle, then shifted.
package struct Motion: Sendable, Equatable {
  /// A rectangle of a picture, in shares of the picture's sides.
  package struct Crop: Sendable, Equatable {
    package var x: Double
    package var y: Double
    package var width: Double
    package var height: Double

    /// A rectangle; by default the whole picture.
    package init(x: Double = 0, y: Double = 0, width: Double = 1, height: Double = 1) {
      (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }
  }

  /// The part of the picture that is shown; nil for all of it.
  package var crop: Crop?
  /// Whether left and right change places.
  package var isMirrored = false
  /// The rotation, in degrees, clockwise.
  package var degrees = 0.0
  /// The shifts, in pixels.
  package var right = 0.0
  package var down = 0.0

  /// No motion.
  package init() {}

  /// Whether pixels move by whole pixels alone, if they move at all.
  var isMirroringAlone: Bool {
    var mirrored = Motion()
    mirrored.isMirrored = isMirrored
    return self == mirrored
  }

  // Coordinates are fixed-point numbers with 32 fractional bits, and the weights of neighbours have 10.
  private static let one = 4_294_967_296.0
  private static let weightBits = 10
  private static let weightOne = 1 << weightBits
  private static let weightShift = 32 - weightBits

  /// Computes the moved sample, without its crop, in one bilinear resampling. Beyond its edge, a picture is continued by its edge pixels, which for
  /// photos is closer to the truth than a bar of any colour.
  /// - Parameter source: `[height, width, channels]`, like `target`; the two must not overlap.
  package func apply(
    from source: UnsafeBufferPointer<UInt8>, to target: UnsafeMutableBufferPointer<UInt8>, height: Int,
    width: Int, channels: Int
  ) {
    precondition(source.count == height * width * channels && target.count == source.count)
    guard let source = source.baseAddress, let target = target.baseAddress else { return }
    // The loop over channels is unrolled where their number is known.
    if channels == 1 {
      resample(source, target, height: height, width: width, channels: 1)
    } else {
      resample(source, target, height: height, width: width, channels: channels)
    }
  }

  @inline(__always)
  private func resample(
    _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, height: Int, width: Int,
    channels: Int
  ) {
    let (sine, cosine) = (sin(degrees * .pi / 180), cos(degrees * .pi / 180))
    let (middleX, middleY) = (Double(width - 1) / 2, Double(height - 1) / 2)
    // The step of the source coordinates from each column to the next.
    let stepX = Self.fixed(isMirrored ? -cosine : cosine), stepY = Self.fixed(-sine)
    var target = target
    for row in 0..<height {
      let (x, y) = (-middleX - right, Double(row) - middleY - down)
      let startX = x * cosine + y * sine + middleX
      var fromX = Self.fixed(isMirrored ? Double(width - 1) - startX : startX)
      var fromY = Self.fixed(y * cosine - x * sine + middleY)
      for _ in 0..<width {
        let (left, weightX) = Self.split(fromX, side: width)
        let (top, weightY) = Self.split(fromY, side: height)
        var upper = source + (top &* width &+ left) &* channels
        let beside = weightX > 0 ? channels : 0, below = weightY > 0 ? width &* channels : 0
        for _ in 0..<channels {
          let above = Self.mix(upper[0], upper[beside], weightX)
          let under = Self.mix(upper[below], upper[below &+ beside], weightX)
          let sum = above &* (Self.weightOne &- weightY) &+ under &* weightY
          target.pointee = UInt8(
            truncatingIfNeeded: (sum &+ Self.weightOne &* Self.weightOne / 2) >> (2 &* Self.weightBits))
          target += 1
          upper += 1
        }
        fromX &+= stepX
        fromY &+= stepY
      }
    }
  }

  private static func fixed(_ coordinate: Double) -> Int { Int((coordinate * one).rounded()) }

  /// The pixel at or before a coordinate, and the weight of the next one, which exists if the weight is not 0.
  @inline(__always)
  private static func split(_ coordinate: Int, side: Int) -> (pixel: Int, weight: Int) {
    let rounded = (coordinate &+ 1 << (weightShift - 1)) >> weightShift
    let clamped = min(max(rounded, 0), (side &- 1) << weightBits)
    return (clamped >> weightBits, clamped & (weightOne - 1))
  }

  @inline(__always)
  private static func mix(_ first: UInt8, _ second: UInt8, _ weight: Int) -> Int {
    Int(first) &* (weightOne &- weight) &+ Int(second) &* weight
  }
}

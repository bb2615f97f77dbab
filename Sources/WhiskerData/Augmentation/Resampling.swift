import Glibc

/// Resamples a picture to another size by a motion, in one go.
///
/// The filter is a tent whose radius is a pixel of the source where the picture grows, and a pixel of the target where it
/// shrinks: bilinear interpolation with antialiasing, as of Pillow. Beyond its edge, a picture is continued by its edge pixels.
package struct Resampling: Sendable {
  /// The shape of the source.
  let source: Preprocessing
  /// The shape of the target, of as many channels.
  let target: Preprocessing

  /// Resamples pictures of the shape of `source` to samples of the shape of `target`.
  package init(source: Preprocessing, target: Preprocessing) { (self.source, self.target) = (source, target) }

  /// Computes the moved picture. The two must not overlap.
  package func apply(
    _ motion: Motion, from picture: UnsafeBufferPointer<UInt8>, to moved: UnsafeMutableBufferPointer<UInt8>
  ) {
    precondition(picture.count == source.sampleSize && moved.count == target.sampleSize)
    let map = AffineMap(motion, from: source, to: target)
    let filters = (x: TentFilter(radius: max(1, map.scaleX)), y: TentFilter(radius: max(1, map.scaleY)))
    let part = PaddedPart(of: source, target: target, needing: map, filters.x.taps, filters.y.taps)
    withUnsafeTemporaryAllocation(of: SIMD4<Float>.self, capacity: part.count) { pixels in
      part.copy(picture, to: pixels)
      let run = Run(
        map: map, part: part, filters: filters, pixels: UnsafePointer(pixels.baseAddress!), target: target)
      // The loops over taps are unrolled where their number is known.
      switch (filters.x.taps, filters.y.taps) {
      case (2, 2): run.resample(to: moved.baseAddress!, tapsX: 2, tapsY: 2)
      case (2, 3): run.resample(to: moved.baseAddress!, tapsX: 2, tapsY: 3)
      case (3, 2): run.resample(to: moved.baseAddress!, tapsX: 3, tapsY: 2)
      case (3, 3): run.resample(to: moved.baseAddress!, tapsX: 3, tapsY: 3)
      case let (tapsX, tapsY): run.resample(to: moved.baseAddress!, tapsX: tapsX, tapsY: tapsY)
      }
    }
  }
}

/// The map from pixels of the target to points of the source: both coordinates are linear in the column and the row.
private struct AffineMap {
  /// The number of source pixels per target pixel, along the sides of the source.
  let scaleX: Double
  let scaleY: Double
  /// The point of the pixel at (0, 0), and the steps of a column and of a row.
  let start: SIMD2<Double>
  let column: SIMD2<Double>
  let row: SIMD2<Double>

  init(_ motion: Motion, from source: Preprocessing, to target: Preprocessing) {
    let crop = motion.crop ?? Motion.Crop()
    let size = SIMD2(Double(target.width), Double(target.height))
    let picture = SIMD2(Double(source.width), Double(source.height))
    let scale = SIMD2(crop.width, crop.height) * picture / size
    (scaleX, scaleY) = (scale.x, scale.y)
    let (sine, cosine) = (sin(motion.degrees * .pi / 180), cos(motion.degrees * .pi / 180))
    let sign = motion.isMirrored ? -1.0 : 1.0
    column = SIMD2(sign * cosine, -sine) * scale
    row = SIMD2(sign * sine, cosine) * scale
    // The middle of the target, before the shift, shows the middle of the crop.
    let middle = (SIMD2(crop.x, crop.y) + SIMD2(crop.width, crop.height) / 2) * picture - 0.5
    let offset = (size - 1) / 2 + SIMD2(motion.right, motion.down)
    start = middle - column * offset.x - row * offset.y
  }

  /// The smallest and the largest coordinates of the target's pixels.
  func bounds(of target: Preprocessing) -> (low: SIMD2<Double>, high: SIMD2<Double>) {
    let (columns, rows) = (column * Double(target.width - 1), row * Double(target.height - 1))
    let corners = [start, start + columns, start + rows, start + columns + rows]
    return corners.reduce((corners[0], corners[0])) { (pointwiseMin($0.0, $1), pointwiseMax($0.1, $1)) }
  }
}

/// The weights of a tent filter at the pixels around a point.
private struct TentFilter {
  /// The number of phases between two pixels.
  static let phaseBits = 7

  let radius: Double
  /// The number of pixels under the tent.
  let taps: Int
  /// The weights, `[phases, taps]`, by the distance of the tent's left end from the pixel at or before it.
  let weights: [Float]

  init(radius: Double) {
    let phases = 1 << Self.phaseBits
    let taps = Int((2 * radius).rounded(.up))
    (self.radius, self.taps) = (radius, taps)
    weights = [Float](unsafeUninitializedCapacity: phases * taps) { weights, count in
      for phase in 0..<phases {
        let first = 1 - Double(phase) / Double(phases) - radius
        var sum: Float = 0
        for tap in phase * taps..<(phase + 1) * taps {
          weights[tap] = Float(max(0, radius - abs(first + Double(tap - phase * taps))))
          sum += weights[tap]
        }
        let scale = 1 / sum
        for tap in phase * taps..<(phase + 1) * taps { weights[tap] *= scale }
      }
      count = phases * taps
    }
  }
}

/// The part of a picture that a motion shows, with its edge pixels repeated around it.
private struct PaddedPart {
  let source: Preprocessing
  /// The part, in pixels of the source.
  let left: Int
  let top: Int
  let width: Int
  let height: Int
  /// The number of pixels that are repeated on either side.
  let padX: Int
  let padY: Int

  var stride: Int { width + 2 * padX }
  var count: Int { stride * (height + 2 * padY) }

  init(of source: Preprocessing, target: Preprocessing, needing map: AffineMap, _ padX: Int, _ padY: Int) {
    let bounds = map.bounds(of: target)
    func part(_ low: Double, _ high: Double, _ pad: Int, _ side: Int) -> (Int, Int) {
      let first = min(max(low.rounded(.down) - Double(pad), 0), Double(side - 1))
      let last = min(max(high.rounded(.up) + Double(pad), first), Double(side - 1))
      return (Int(first), Int(last) - Int(first) + 1)
    }
    (self.source, self.padX, self.padY) = (source, padX, padY)
    (left, width) = part(bounds.low.x, bounds.high.x, padX, source.width)
    (top, height) = part(bounds.low.y, bounds.high.y, padY, source.height)
  }

  /// Copies the part, `[height, width, channels]`, a vector per pixel.
  func copy(_ picture: UnsafeBufferPointer<UInt8>, to pixels: UnsafeMutableBufferPointer<SIMD4<Float>>) {
    let channels = source.channels
    for row in 0..<height + 2 * padY {
      let y = top + min(max(row - padY, 0), height - 1)
      let line = pixels.baseAddress! + row * stride
      var from = picture.baseAddress! + (y * source.width + left) * channels
      // Of colours, the fourth lane is the next pixel's red. The last pixel of a picture has no next one.
      let isLast = y == source.height - 1 && left + width == source.width
      let inVectors = channels == 3 ? width - (isLast ? 1 : 0) : 0
      for x in padX..<padX + inVectors {
        let bytes = UnsafeRawPointer(from).loadUnaligned(as: UInt32.self).littleEndian
        line[x] = SIMD4<Float>(unsafeBitCast(bytes, to: SIMD4<UInt8>.self))
        from += 3
      }
      for x in padX + inVectors..<padX + width {
        line[x] = SIMD4(Float(from[0]), Float(from[channels / 2]), Float(from[channels - 1]), 0)
        from += channels
      }
      for x in 0..<padX { (line[x], line[padX + width + x]) = (line[padX], line[padX + width - 1]) }
    }
  }
}

/// One resampling.
private struct Run {
  let map: AffineMap
  let part: PaddedPart
  let filters: (x: TentFilter, y: TentFilter)
  let pixels: UnsafePointer<SIMD4<Float>>
  let target: Preprocessing

  // Coordinates are fixed-point numbers with 32 fractional bits.
  private static let one = 4_294_967_296.0
  private static let phaseShift = 32 - TentFilter.phaseBits

  @inline(__always)
  func resample(to moved: UnsafeMutablePointer<UInt8>, tapsX: Int, tapsY: Int) {
    filters.x.weights.withUnsafeBufferPointer { weightsX in
      filters.y.weights.withUnsafeBufferPointer { weightsY in
        resample(to: moved, (tapsX, weightsX.baseAddress!), (tapsY, weightsY.baseAddress!))
      }
    }
  }

  @inline(__always)
  private func resample(
    to moved: UnsafeMutablePointer<UInt8>, _ x: (taps: Int, weights: UnsafePointer<Float>),
    _ y: (taps: Int, weights: UnsafePointer<Float>)
  ) {
    let (channels, stride) = (target.channels, part.stride)
    let (stepX, stepY) = (Self.fixed(map.column.x), Self.fixed(map.column.y))
    // The left and the upper end of the tent, from the first pixel of the part.
    let ends = map.start - SIMD2(filters.x.radius + Double(part.left), filters.y.radius + Double(part.top))
    var moved = moved
    for row in 0..<target.height {
      let end = ends + map.row * Double(row)
      var (endX, endY) = (Self.fixed(end.x), Self.fixed(end.y))
      for _ in 0..<target.width {
        let (firstX, phaseX) = Self.split(endX, taps: x.taps, side: part.width)
        let (firstY, phaseY) = Self.split(endY, taps: y.taps, side: part.height)
        let weightsX = x.weights + phaseX &* x.taps, weightsY = y.weights + phaseY &* y.taps
        var line = pixels + (firstY &* stride &+ firstX)
        var sum = SIMD4<Float>.zero
        for tapY in 0..<y.taps {
          var across = line[0] * weightsX[0]
          for tapX in 1..<x.taps { across += line[tapX] * weightsX[tapX] }
          sum += across * weightsY[tapY]
          line += stride
        }
        // The last bits of such a sum are the nearest integer.
        let rounded = unsafeBitCast(sum + 0x1p23, to: SIMD4<UInt32>.self)
        moved[0] = UInt8(truncatingIfNeeded: rounded[0])
        if channels == 3 {
          moved[1] = UInt8(truncatingIfNeeded: rounded[1])
          moved[2] = UInt8(truncatingIfNeeded: rounded[2])
        }
        moved += channels
        endX &+= stepX
        endY &+= stepY
      }
    }
  }

  private static func fixed(_ coordinate: Double) -> Int { Int((coordinate * one).rounded()) }

  /// The first pixel under the tent, counted from the first repeated one, and the phase of the tent.
  @inline(__always)
  private static func split(_ end: Int, taps: Int, side: Int) -> (first: Int, phase: Int) {
    let rounded = (end &+ 1 << (phaseShift - 1)) >> phaseShift
    let phases = 1 << TentFilter.phaseBits
    // Farther away, there are only repeated pixels.
    let first = min(max((rounded >> TentFilter.phaseBits) &+ 1, -taps), side)
    return (first &+ taps, rounded & (phases - 1))
  }
}

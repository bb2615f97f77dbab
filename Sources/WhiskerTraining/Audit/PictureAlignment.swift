/// How alike two small gray pictures are once one is mirrored, cropped and stretched to fit the other.
package struct PictureAlignment {
  /// A picture `[side, side]` of floats, smoothed so that it can be sampled between its pixels.
  package typealias Pixels = [Float]

  private static let side = AuditedPictures.side
  /// The points at which pictures are compared, on each side.
  private static let points = 20
  /// How far an edge of one picture may lie from that of the other, in lengths of the side.
  private static let reach: Float = 0.25
  /// The steps by which the edges are moved, in lengths of the side.
  private static let steps: [Float] = [0.08, 0.04, 0.02, 0.01]
  /// Pictures less alike than that without an alignment are not aligned.
  private static let hopeless: Float = 0.3

  /// Where the edges of the second picture lie in the first, in lengths of its side.
  private struct Frame {
    /// Left, right, top and bottom.
    var edges: SIMD4<Float> = [0, 1, 0, 1]
  }

  /// Smooths a picture by the mean of each pixel and its eight neighbours.
  package static func pixels(_ gray: ArraySlice<UInt8>) -> Pixels {
    let start = gray.startIndex
    func row(_ y: Int, _ x: Int) -> Float {
      Float(gray[start + min(max(y, 0), side - 1) * side + min(max(x, 0), side - 1)])
    }
    return (0..<side * side).map { place in
      let (y, x) = (place / side, place % side)
      var sum: Float = 0
      for dy in -1...1 {
        for dx in -1...1 { sum += row(y + dy, x + dx) }
      }
      return sum / 9
    }
  }

  /// The correlation of two pictures, -1 to 1, in the best alignment that was found.
  package static func correlation(_ first: Pixels, _ second: Pixels) -> Float {
    let mirrored = (0..<side * side).map { second[$0 / side * side + side - 1 - $0 % side] }
    return max(aligned(first, second), aligned(first, mirrored))
  }

  private static func aligned(_ first: Pixels, _ picture: Pixels) -> Float {
    let second = points(of: picture)
    var frame = Frame()
    var best = correlation(first, second, frame)
    guard best > hopeless else { return best }
    for step in steps {
      var isBetter = true
      while isBetter {
        isBetter = false
        for edge in 0..<4 {
          for change in [step, -step] {
            var moved = frame
            moved.edges[edge] += change
            guard abs(moved.edges[edge] - Frame().edges[edge]) <= reach else { continue }
            let value = correlation(first, second, moved)
            if value > best { (best, frame, isBetter) = (value, moved, true) }
          }
        }
      }
    }
    return best
  }

  /// The brightness of a picture at all points, row by row.
  private static func points(of picture: Pixels) -> [Float] {
    let places = places(from: 0, to: 1)
    return picture.withUnsafeBufferPointer { pixels in
      places.flatMap { row in places.map { column in sample(pixels, column, row) } }
    }
  }

  /// Where a row or a column of points lies between the pixels; its pixel is negative where it lies outside the picture.
  private struct Place {
    var pixel = -1
    var share: Float = 0

    /// - Parameter position: In lengths of the side.
    init(_ position: Float) {
      guard position >= 0, position <= 1 else { return }
      let place = min(max(position * Float(side) - 0.5, 0), Float(side - 1))
      pixel = min(Int(place), side - 2)
      share = place - Float(pixel)
    }
  }

  /// The places of the rows or of the columns of points between two edges.
  private static func places(from first: Float, to second: Float) -> [Place] {
    (0..<points).map { Place(first + (Float($0) + 0.5) / Float(points) * (second - first)) }
  }

  /// The correlation at the points that lie in both pictures.
  /// - Parameter second: The second picture at all points.
  private static func correlation(_ first: Pixels, _ second: [Float], _ frame: Frame) -> Float {
    let rows = places(from: frame.edges[2], to: frame.edges[3])
    let columns = places(from: frame.edges[0], to: frame.edges[1])
    var (count, a, b, aa, bb, ab) = (Float(0), Float(0), Float(0), Float(0), Float(0), Float(0))
    first.withUnsafeBufferPointer { first in
      second.withUnsafeBufferPointer { second in
        for (row, y) in rows.enumerated() where y.pixel >= 0 {
          for (column, x) in columns.enumerated() where x.pixel >= 0 {
            let (left, right) = (sample(first, x, y), second[row * points + column])
            count += 1
            a += left
            b += right
            aa += left * left
            bb += right * right
            ab += left * right
          }
        }
      }
    }
    guard count > 0 else { return 0 }
    let (first, second) = (aa - a * a / count, bb - b * b / count)
    guard first > count, second > count else { return 0 }
    return (ab - a * b / count) / (first * second).squareRoot()
  }

  /// The brightness at a point, between the pixels around it.
  @inline(__always)
  private static func sample(_ pixels: UnsafeBufferPointer<Float>, _ x: Place, _ y: Place) -> Float {
    let start = y.pixel * side + x.pixel
    let above = pixels[start] * (1 - x.share) + pixels[start + 1] * x.share
    let below = pixels[start + side] * (1 - x.share) + pixels[start + side + 1] * x.share
    return above * (1 - y.share) + below * y.share
  }
}

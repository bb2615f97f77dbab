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
    var edges: [Float] = [0, 1, 0, 1]
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

  private static func aligned(_ first: Pixels, _ second: Pixels) -> Float {
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

  /// The correlation at the points that lie in both pictures.
  private static func correlation(_ first: Pixels, _ second: Pixels, _ frame: Frame) -> Float {
    var (count, a, b, aa, bb, ab) = (Float(0), Float(0), Float(0), Float(0), Float(0), Float(0))
    first.withUnsafeBufferPointer { first in
      second.withUnsafeBufferPointer { second in
        for row in 0..<points {
          let v = (Float(row) + 0.5) / Float(points)
          let y = frame.edges[2] + v * (frame.edges[3] - frame.edges[2])
          guard y >= 0, y <= 1 else { continue }
          for column in 0..<points {
            let u = (Float(column) + 0.5) / Float(points)
            let x = frame.edges[0] + u * (frame.edges[1] - frame.edges[0])
            guard x >= 0, x <= 1 else { continue }
            let (left, right) = (sample(first, x, y), sample(second, u, v))
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
  private static func sample(_ pixels: UnsafeBufferPointer<Float>, _ x: Float, _ y: Float) -> Float {
    let last = Float(side - 1)
    let (x, y) = (min(max(x * Float(side) - 0.5, 0), last), min(max(y * Float(side) - 0.5, 0), last))
    let (column, row) = (min(Int(x), side - 2), min(Int(y), side - 2))
    let (right, down) = (x - Float(column), y - Float(row))
    let start = row * side + column
    let above = pixels[start] * (1 - right) + pixels[start + 1] * right
    let below = pixels[start + side] * (1 - right) + pixels[start + side + 1] * right
    return above * (1 - down) + below * down
  }
}

/// The coverage of each pixel by a shape, 0 to 1.
struct Mask {
  let width, height: Int
  private(set) var coverage: [Double]

  private init(width: Int, height: Int) {
    self.width = width
    self.height = height
    coverage = Array(repeating: 0, count: width * height)
  }

  /// The inside of a closed path (even-odd rule): exact along x, five scan lines per pixel along y.
  init(filling path: Path, width: Int, height: Int) {
    self.init(width: width, height: height)
    let linesPerPixel = 5
    let share = 1 / Double(linesPerPixel)
    guard let top = path.points.map(\.y).min(), let bottom = path.points.map(\.y).max() else { return }
    for y in rows(from: top, to: bottom) {
      for line in 0..<linesPerPixel {
        let crossings = path.crossings(at: Double(y) + (Double(line) + 0.5) * share)
        for pair in stride(from: 0, to: crossings.count - 1, by: 2) {
          cover(row: y, from: crossings[pair], to: crossings[pair + 1], share)
        }
      }
    }
  }

  /// An open line with round ends whose width changes linearly from `start` to `end` pixels.
  init(stroking path: Path, from start: Double, to end: Double, width: Int, height: Int) {
    self.init(width: width, height: height)
    let segments = Double(max(path.points.count - 1, 1))
    for place in 0..<max(path.points.count - 1, 0) {
      let first = start + (end - start) * Double(place) / segments
      let second = start + (end - start) * Double(place + 1) / segments
      cover(from: path.points[place], to: path.points[place + 1], radii: (first / 2, second / 2))
    }
  }

  /// The intersection with `other`.
  func clipped(to other: Mask) -> Mask {
    var result = self
    for place in coverage.indices { result.coverage[place] *= other.coverage[place] }
    return result
  }

  private func rows(from top: Double, to bottom: Double) -> Range<Int> {
    Self.pixels(from: top, to: bottom, limit: height)
  }

  private static func pixels(from low: Double, to high: Double, limit: Int) -> Range<Int> {
    let first = min(max(Int(low.rounded(.down)), 0), limit)
    return first..<max(first, min(Int(high.rounded(.up)), limit))
  }

  private mutating func cover(row: Int, from left: Double, to right: Double, _ share: Double) {
    for x in Self.pixels(from: left, to: right, limit: width) {
      let inside = min(right, Double(x) + 1) - max(left, Double(x))
      coverage[row * width + x] += max(inside, 0) * share
    }
  }

  private mutating func cover(from start: Point, to end: Point, radii: (Double, Double)) {
    let reach = max(radii.0, radii.1) + 1
    let along = end - start
    let squaredLength = max(along.dot(along), 1e-12)
    let columns = Self.pixels(
      from: min(start.x, end.x) - reach, to: max(start.x, end.x) + reach, limit: width)
    for y in rows(from: min(start.y, end.y) - reach, to: max(start.y, end.y) + reach) {
      for x in columns {
        let offset = Point(Double(x) + 0.5, Double(y) + 0.5) - start
        let share = min(max(offset.dot(along) / squaredLength, 0), 1)
        let radius = radii.0 + (radii.1 - radii.0) * share
        // A line thinner than a pixel is drawn one pixel wide and fainter.
        let strength = min(radius * 2, 1)
        let inside = min(max(max(radius, 0.5) + 0.5 - (offset - along * share).length, 0), 1) * strength
        coverage[y * width + x] = max(coverage[y * width + x], inside)
      }
    }
  }
}

extension Path {
  /// Where the closed path crosses a horizontal line, from left to right.
  fileprivate func crossings(at y: Double) -> [Double] {
    var found: [Double] = []
    for (place, start) in points.enumerated() {
      let end = points[place + 1 < points.count ? place + 1 : 0]
      if (start.y <= y) == (end.y <= y) { continue }
      found.append(start.x + (end.x - start.x) * (y - start.y) / (end.y - start.y))
    }
    return found.sorted()
  }
}

import Glibc

/// A line through points; filling closes it.
struct Path {
  var points: [Point]

  init(_ points: [Point]) {
    self.points = points
  }

  /// An arc of an ellipse, by default all of it; angles in turns, clockwise from the right.
  static func ellipse(
    _ center: Point, _ radiusX: Double, _ radiusY: Double, from start: Double = 0, to end: Double = 1
  ) -> Path {
    let steps = 32
    return Path(
      (0...steps).map { step in
        let angle = (start + (end - start) * Double(step) / Double(steps)) * 2 * .pi
        return center + Point(radiusX * cos(angle), radiusY * sin(angle))
      })
  }

  /// A smooth closed line through corners (Catmull-Rom).
  static func blob(_ corners: [Point]) -> Path {
    curve([corners[corners.count - 1]] + corners + [corners[0], corners[1]])
  }

  /// A smooth open line through knots.
  static func soft(_ knots: [Point]) -> Path {
    curve([knots[0]] + knots + [knots[knots.count - 1]])
  }

  /// A smooth closed line whose left half mirrors `right`, given from the top middle to the bottom middle.
  static func mirrored(_ right: [Point]) -> Path {
    let left = right.dropFirst().dropLast().reversed().map { Point(-$0.x, $0.y) }
    return blob(right + left)
  }

  func mapped(_ frame: Affine) -> Path { Path(points.map { frame($0) }) }

  /// The curve from the second knot to the last but one; the outer two only determine the direction.
  private static func curve(_ knots: [Point]) -> Path {
    let steps = 8
    var points = [knots[1]]
    for place in 1..<knots.count - 2 {
      let (before, start) = (knots[place - 1], knots[place])
      let (end, after) = (knots[place + 1], knots[place + 2])
      for step in 1...steps {
        let t = Double(step) / Double(steps)
        let linear = (end - before) * t
        let square = (before * 2 - start * 5 + end * 4 - after) * (t * t)
        let cube = (start * 3 - before - end * 3 + after) * (t * t * t)
        points.append(start + (linear + square + cube) * 0.5)
      }
    }
    return Path(points)
  }
}

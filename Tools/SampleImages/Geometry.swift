import Glibc

/// A point in the plane; y points down.
struct Point {
  var x, y: Double

  init(_ x: Double, _ y: Double) {
    self.x = x
    self.y = y
  }

  static func + (left: Point, right: Point) -> Point { Point(left.x + right.x, left.y + right.y) }
  static func - (left: Point, right: Point) -> Point { Point(left.x - right.x, left.y - right.y) }
  static func * (point: Point, factor: Double) -> Point { Point(point.x * factor, point.y * factor) }

  func dot(_ other: Point) -> Double { x * other.x + y * other.y }
  var length: Double { dot(self).squareRoot() }
}

/// An affine transformation.
struct Affine {
  var xAxis = Point(1, 0)
  var yAxis = Point(0, 1)
  var origin = Point(0, 0)

  func callAsFunction(_ point: Point) -> Point { xAxis * point.x + yAxis * point.y + origin }

  /// The scale: the square root of the area of a transformed unit square.
  var scale: Double { abs(xAxis.x * yAxis.y - xAxis.y * yAxis.x).squareRoot() }

  /// First `self`, then `next`.
  func then(_ next: Affine) -> Affine {
    Affine(
      xAxis: next(xAxis) - next.origin, yAxis: next(yAxis) - next.origin, origin: next(origin))
  }

  static func shift(_ x: Double, _ y: Double) -> Affine { Affine(origin: Point(x, y)) }

  static func scale(_ x: Double, _ y: Double) -> Affine {
    Affine(xAxis: Point(x, 0), yAxis: Point(0, y))
  }

  /// A rotation in radians, clockwise.
  static func turn(_ angle: Double) -> Affine {
    Affine(xAxis: Point(cos(angle), sin(angle)), yAxis: Point(-sin(angle), cos(angle)))
  }

  static func shear(_ slope: Double) -> Affine { Affine(yAxis: Point(slope, 1)) }
}

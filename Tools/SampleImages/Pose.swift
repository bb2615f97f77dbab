/// The position and visible part of a pet in its picture.
struct Pose {
  enum Crop {
    case head, bust, sitting
  }

  let crop: Crop
  /// From head units to pixels: the head is a disc of radius 1 around the origin.
  let frame: Affine
  /// How far the face is turned aside, in head units.
  let turn: Double

  init(width: Int, height: Int, using generator: inout some RandomNumberGenerator) {
    crop = pick([.head, .head, .head, .head, .bust, .bust, .sitting], using: &generator)
    turn = uniform(in: -0.18...0.18, using: &generator)
    let (width, height) = (Double(width), Double(height))
    let size = uniform(in: 0.88...1.05, using: &generator)
    let stretch = uniform(in: 0.93...1.07, using: &generator)
    let side = chance(0.5, using: &generator) ? 1.0 : -1.0
    let tilt = uniform(in: -1...1, using: &generator) * (crop == .sitting ? 0.07 : 0.16)
    let offset = Point(uniform(in: -1...1, using: &generator), uniform(in: -1...1, using: &generator))

    let radius: Double
    var center = Point(width / 2, height / 2)
    switch crop {
    case .head:
      radius = min(width / 2.6, height / 2.7) * size
      center = Point(width * 0.5, height * 0.54)
    case .bust:
      radius = min(width / 2.9, height / 3.2) * size
      center = Point(width * 0.5, height * 0.45)
    case .sitting:
      radius = min(width / 3.3, height / 4.6) * size
      center = Point(width * 0.5, height * 0.5 - radius * 0.8)
    }
    center = center + Point(offset.x * width * 0.07, offset.y * height * 0.04)
    frame = Affine.scale(radius * side * stretch, radius / stretch)
      .then(.turn(tilt))
      .then(.shift(center.x, center.y))
  }
}

/// The background of a pet: a gradient, sometimes with a floor or a sun.
struct Backdrop {
  private enum Extra: CaseIterable {
    case none, floor, sun
  }

  private let start, end, extraColor: Color
  private let direction, sun: Point
  private let horizon, sunRadius: Double
  private let extra: Extra

  /// A backdrop with contrast to `fur`, if a few tries find one.
  init(behind fur: Color, using generator: inout some RandomNumberGenerator) {
    var first = Backdrop.color(using: &generator)
    for _ in 0..<8 where abs(first.luminance - fur.luminance) < 0.25 {
      first = Backdrop.color(using: &generator)
    }
    start = first
    end = first.mixed(with: Backdrop.color(using: &generator), uniform(in: 0...0.4, using: &generator))
    extraColor = first.mixed(with: Backdrop.color(using: &generator), 0.25)
    direction = Affine.turn(uniform(in: 0...6.28, using: &generator))(Point(1, 0))
    sun = Point(uniform(in: 0.1...0.9, using: &generator), uniform(in: 0.1...0.6, using: &generator))
    sunRadius = uniform(in: 0.2...0.5, using: &generator)
    horizon = uniform(in: 0.55...0.85, using: &generator)
    extra = pick(Extra.allCases, using: &generator)
  }

  /// The colour at a position, 0 to 1 along each side.
  func color(at place: Point) -> Color {
    let fromCenter = place - Point(0.5, 0.5)
    let gradient = start.mixed(with: end, min(max(fromCenter.dot(direction) + 0.5, 0), 1))
    switch extra {
    case .none: return gradient
    case .floor: return place.y > horizon ? extraColor : gradient
    case .sun: return (place - sun).length < sunRadius ? extraColor : gradient
    }
  }

  private static func color(using generator: inout some RandomNumberGenerator) -> Color {
    let hue = uniform(in: 0...1, using: &generator)
    let saturation = uniform(in: 0.15...0.6, using: &generator)
    return .hue(hue, saturation: saturation, lightness: uniform(in: 0.2...0.9, using: &generator))
  }
}

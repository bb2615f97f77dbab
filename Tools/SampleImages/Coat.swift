/// The colours of a pet, with the same distribution for cats and dogs, so that colour does not reveal the class.
struct Coat {
  enum Pattern {
    case plain, patch, blaze, stripes, spots
  }

  private(set) var fur, outline: Color
  let marking, muzzle, ear, iris, nose, collar: Color
  let pattern: Pattern

  init(using generator: inout some RandomNumberGenerator) {
    let fur = Coat.shade(of: pick(Coat.furs, using: &generator), using: &generator)
    self.fur = fur
    outline = Coat.outline(of: fur)
    marking = Coat.marking(on: fur, using: &generator)
    let paleness = uniform(in: 0.3...0.8, using: &generator)
    muzzle = fur.luminance > 0.85 ? fur.darker(0.1) : fur.lighter(paleness)
    ear = chance(0.35, using: &generator) ? marking : fur
    iris = pick(Coat.irises, using: &generator)
    nose = pick(Coat.noses, using: &generator)
    let collarHue = uniform(in: 0...1, using: &generator)
    collar = .hue(collarHue, saturation: 0.75, lightness: 0.48)
    pattern = pick([Pattern.plain, .plain, .patch, .blaze, .stripes, .spots], using: &generator)
  }

  /// The colour of whiskers, in contrast to the fur.
  var whisker: Color { fur.luminance < 0.55 ? Color(0.96, 0.96, 0.94) : Color(0.2, 0.18, 0.2) }

  /// The coat with another fur colour, for parts that differ.
  func with(fur other: Color) -> Coat {
    var coat = self
    coat.fur = other
    coat.outline = Coat.outline(of: other)
    return coat
  }

  private static let furs = [
    Color(0.15, 0.14, 0.17), Color(0.46, 0.47, 0.52), Color(0.70, 0.71, 0.75), Color(0.40, 0.26, 0.18),
    Color(0.86, 0.53, 0.22), Color(0.76, 0.60, 0.41), Color(0.93, 0.85, 0.72), Color(0.95, 0.94, 0.93),
  ]

  private static let irises = [
    Color(0.93, 0.72, 0.20), Color(0.55, 0.74, 0.30), Color(0.36, 0.66, 0.85), Color(0.60, 0.36, 0.16),
  ]

  private static let noses = [
    Color(0.13, 0.11, 0.13), Color(0.30, 0.17, 0.14), Color(0.82, 0.46, 0.48),
  ]

  /// Darker than the fur, but lighter than black fur.
  private static func outline(of fur: Color) -> Color {
    fur.luminance < 0.3 ? fur.lighter(0.3) : fur.darker(0.5)
  }

  private static func shade(of fur: Color, using generator: inout some RandomNumberGenerator) -> Color {
    let tint = Color(
      uniform(in: 0...1, using: &generator), uniform(in: 0...1, using: &generator),
      uniform(in: 0...1, using: &generator))
    return fur.mixed(with: tint, 0.08)
  }

  private static func marking(on fur: Color, using generator: inout some RandomNumberGenerator) -> Color {
    for _ in 0..<8 {
      let color = shade(of: pick(furs, using: &generator), using: &generator)
      if color.distance(to: fur) > 0.25 { return color }
    }
    return fur.luminance < 0.5 ? fur.lighter(0.6) : fur.darker(0.5)
  }
}

/// A dog on a backdrop, at least 16 pixels a side to be recognisable.
public func drawDog(
  width: Int, height: Int, using generator: inout some RandomNumberGenerator
) -> Canvas {
  var pet = Pet(width: width, height: height, using: &generator)
  pet.drawDog(using: &generator)
  return pet.easel.canvas
}

/// How a dog carries its ears.
private enum DogEars {
  case hanging, button, pricked
}

extension Pet {
  fileprivate mutating func drawDog(using generator: inout some RandomNumberGenerator) {
    let tail = Path.soft([Point(0.8, 2.7), Point(1.35, 2.35), Point(1.55, 1.75)])
    drawBody(broad: 1.04, tail: tail, tailWidth: (0.34, 0.12))
    drawCollar(using: &generator)

    let ears = pick(
      [
        DogEars.hanging, .hanging, .hanging, .hanging, .hanging, .hanging, .button, .button, .button,
        .pricked,
      ], using: &generator)
    if ears == .pricked { drawPrickedEars(using: &generator) }
    let jowl = uniform(in: 0.62...0.78, using: &generator)
    let head = Path.mirrored([
      Point(0, -0.84), Point(0.45, -0.8), Point(0.8, -0.46), Point(0.84, 0.02), Point(jowl, 0.5),
      Point(0.46, 0.92), Point(0, 1.05),
    ])
    easel.fill(head, coat)
    drawMarkings(on: head, using: &generator)
    if ears == .hanging { drawHangingEars(using: &generator) }
    if ears == .button { drawButtonEars(using: &generator) }
    drawEyes(using: &generator)
    drawMuzzle(using: &generator)
  }

  /// Long flaps at the sides of the face.
  private mutating func drawHangingEars(using generator: inout some RandomNumberGenerator) {
    let length = uniform(in: 0.8...1.2, using: &generator)
    for side in [-1.0, 1.0] {
      let swing = uniform(in: -0.06...0.08, using: &generator)
      let ear = Path.blob([
        Point(0.42, -0.78), Point(0.86, -0.74), Point(1.1 + swing, -0.25), Point(1.16 + swing, 0.35 * length),
        Point(0.96 + swing, 0.68 * length), Point(0.76 + swing, 0.4 * length), Point(0.72, -0.2),
      ])
      drawEar(ear, side: side)
    }
  }

  /// Short flaps that fold forward over the brow.
  private mutating func drawButtonEars(using generator: inout some RandomNumberGenerator) {
    let rise = uniform(in: 0.95...1.12, using: &generator)
    for side in [-1.0, 1.0] {
      let swing = uniform(in: -0.06...0.06, using: &generator)
      let ear = Path.blob([
        Point(0.3, -0.76), Point(0.66, -rise), Point(1.02, -0.86), Point(1.16 + swing, -0.4),
        Point(1.02 + swing, -0.1), Point(0.74, -0.42),
      ])
      drawEar(ear, side: side)
    }
  }

  private mutating func drawEar(_ ear: Path, side: Double) {
    let color = coat.ear.luminance < 0.3 ? coat.ear.lighter(0.06) : coat.ear.darker(0.14)
    easel.fill(ear.mapped(.scale(side, 1)), coat.with(fur: color))
  }

  /// Upright like a cat's, but taller, narrower and round at the tip.
  private mutating func drawPrickedEars(using generator: inout some RandomNumberGenerator) {
    let height = uniform(in: 1.3...1.5, using: &generator)
    for side in [-1.0, 1.0] {
      let ear = Path.blob([
        Point(0.26, -0.66), Point(0.42, -1.1), Point(0.66, -height), Point(0.84, -1.1), Point(0.82, -0.3),
      ]).mapped(.scale(side, 1))
      easel.fill(ear, coat.with(fur: coat.ear))
      let lining = Path.ellipse(Point(side * 0.62, -0.95), 0.12, 0.3)
      easel.fill(lining, coat.ear.mixed(with: Color(0.95, 0.6, 0.6), 0.65))
    }
  }

  /// A long muzzle with a big nose, and sometimes a tongue.
  private mutating func drawMuzzle(using generator: inout some RandomNumberGenerator) {
    let broad = uniform(in: 0.88...1.12, using: &generator)
    let panting = chance(0.45, using: &generator)
    let tongueLength = uniform(in: 0.24...0.42, using: &generator)
    if panting { drawTongue(length: tongueLength) }
    let muzzle = Path.mirrored([
      Point(0, -0.02), Point(0.26 * broad, 0.08), Point(0.44 * broad, 0.5), Point(0.4 * broad, 0.78),
      Point(0.16, 0.94), Point(0, 0.88),
    ]).mapped(.shift(pose.turn * 1.4, 0))
    easel.fill(muzzle, coat.muzzle.lighter(0.08), to: coat.muzzle.darker(0.08))
    let mouth = coat.muzzle.darker(0.65)
    easel.stroke(Path([onFace(0, 0.3, depth: 1.4), onFace(0, 0.64, depth: 1.4)]), mouth, width: 0.045)
    for side in [-1.0, 1.0] {
      let lip = Path.soft([
        onFace(0, 0.64, depth: 1.4), onFace(side * 0.16, 0.72, depth: 1.4),
        onFace(side * 0.34, 0.64, depth: 1.4),
      ])
      easel.stroke(lip, mouth, width: 0.045)
    }
    let nose = Path.mirrored([
      Point(0, 0.04), Point(0.2, 0.06), Point(0.29 * broad, 0.19), Point(0.14, 0.38), Point(0, 0.43),
    ]).mapped(.shift(pose.turn * 1.5, 0))
    easel.fill(nose, coat.nose)
    easel.fill(.ellipse(onFace(0.07, 0.13, depth: 1.5), 0.08, 0.035), coat.nose.lighter(0.45))
  }

  private mutating func drawTongue(length: Double) {
    let tongue = Path.mirrored([
      Point(0, 0.7), Point(0.15, 0.72), Point(0.17, 0.84 + length * 0.6), Point(0, 0.88 + length),
    ]).mapped(.shift(pose.turn * 1.4, 0))
    let color = Color(0.93, 0.45, 0.5)
    easel.fill(tongue, coat.with(fur: color))
    let crease = Path([onFace(0, 0.75, depth: 1.4), onFace(0, 0.75 + length * 0.8, depth: 1.4)])
    easel.stroke(crease, color.darker(0.25), width: 0.035)
  }

  /// Round, close together and kind.
  private mutating func drawEyes(using generator: inout some RandomNumberGenerator) {
    let size = uniform(in: 0.13...0.17, using: &generator)
    for side in [-1.0, 1.0] {
      let eye = onFace(side * 0.37, -0.17)
      easel.fill(.ellipse(eye, size * 1.25, size * 1.15), Color(0.1, 0.08, 0.1))
      easel.fill(.ellipse(eye, size, size), coat.iris.lighter(0.1), to: coat.iris.darker(0.2))
      easel.fill(.ellipse(eye, size * 0.62, size * 0.62), Color(0.06, 0.05, 0.07))
      drawGlint(at: eye, size: size * 1.1)
      let brow = Path.soft([
        onFace(side * 0.24, -0.42), onFace(side * 0.36, -0.47), onFace(side * 0.5, -0.4),
      ])
      easel.stroke(brow, coat.outline, width: 0.05)
    }
  }
}

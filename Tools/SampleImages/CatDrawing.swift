/// A cat on a backdrop, at least 16 pixels a side to be recognisable.
public func drawCat(
  width: Int, height: Int, using generator: inout some RandomNumberGenerator
) -> Canvas {
  var pet = Pet(width: width, height: height, using: &generator)
  pet.drawCat(using: &generator)
  return pet.easel.canvas
}

extension Pet {
  fileprivate mutating func drawCat(using generator: inout some RandomNumberGenerator) {
    let tail = Path.soft([
      Point(0.8, 2.85), Point(1.45, 2.75), Point(1.62, 2.1), Point(1.35, 1.5), Point(1.55, 1.05),
    ])
    drawBody(broad: 0.92, tail: tail, tailWidth: (0.26, 0.17))
    drawCollar(using: &generator)
    drawEars(using: &generator)

    let cheek = uniform(in: 1.0...1.12, using: &generator)
    let head = Path.mirrored([
      Point(0, -0.8), Point(0.45, -0.76), Point(0.86, -0.38), Point(cheek, 0.16), Point(0.86, 0.54),
      Point(0.45, 0.8), Point(0, 0.86),
    ])
    easel.fill(head, coat)
    drawMarkings(on: head, using: &generator)
    drawMuzzle(using: &generator)
    drawEyes(using: &generator)
    drawWhiskers(using: &generator)
  }

  /// Upright triangles, wide at the base; a few cats have them folded.
  private mutating func drawEars(using generator: inout some RandomNumberGenerator) {
    let isFolded = chance(0.05, using: &generator)
    let height = uniform(in: 1.3...1.55, using: &generator)
    let spread = uniform(in: 0.68...0.92, using: &generator)
    for side in [-1.0, 1.0] {
      let lean = uniform(in: -0.06...0.06, using: &generator)
      let tip = isFolded ? Point(0.94, -0.98) : Point(spread + lean, -height)
      let (inner, outer) = (Point(0.2, -0.7), Point(0.98, -0.12))
      let middle = (inner + outer + tip) * (1 / 3)
      let ear = Path([inner, tip, outer]).mapped(.scale(side, 1))
      easel.fill(ear, coat.with(fur: coat.ear))
      let lining = Path([inner, tip, outer].map { middle + ($0 - middle) * 0.56 }).mapped(.scale(side, 1))
      easel.fill(lining, coat.ear.mixed(with: Color(0.95, 0.6, 0.6), 0.65))
    }
  }

  private mutating func drawMuzzle(using generator: inout some RandomNumberGenerator) {
    let size = uniform(in: 0.9...1.15, using: &generator)
    for side in [-1.0, 1.0] {
      easel.fill(.ellipse(onFace(side * 0.17, 0.43, depth: 1.2), 0.25 * size, 0.19 * size), coat.muzzle)
    }
    easel.fill(.ellipse(onFace(0, 0.6, depth: 1.2), 0.15, 0.11), coat.muzzle)
    let mouth = coat.muzzle.darker(0.65)
    for side in [-1.0, 1.0] {
      let lip = Path.soft([
        onFace(0, 0.42, depth: 1.2), onFace(side * 0.06, 0.52, depth: 1.2),
        onFace(side * 0.2, 0.5, depth: 1.2),
      ])
      easel.stroke(lip, mouth, width: 0.045)
    }
    let nose = Path.blob([
      onFace(-0.1, 0.29, depth: 1.2), onFace(0.1, 0.29, depth: 1.2), onFace(0, 0.42, depth: 1.2),
    ])
    easel.fill(nose, coat.nose)
  }

  /// Almonds that rise outwards, with upright pupils.
  private mutating func drawEyes(using generator: inout some RandomNumberGenerator) {
    let pupil = uniform(in: 0.045...0.11, using: &generator)
    let height = uniform(in: 0.17...0.23, using: &generator)
    for side in [-1.0, 1.0] {
      let eye = onFace(side * 0.41, -0.02)
      let almond = Path.blob([
        Point(-0.25, 0.06), Point(-0.04, -height), Point(0.25, -0.08), Point(0.04, height),
      ]).mapped(Affine.scale(side, 1).then(.shift(eye.x, eye.y)))
      easel.fill(almond, coat.iris.lighter(0.1), to: coat.iris.darker(0.1))
      easel.stroke(Path(almond.points + almond.points.prefix(1)), Color(0.1, 0.08, 0.1), width: 0.05)
      easel.fill(.ellipse(eye, pupil, height * 0.88), Color(0.06, 0.05, 0.07))
      drawGlint(at: eye, size: 0.14)
    }
  }

  private mutating func drawWhiskers(using generator: inout some RandomNumberGenerator) {
    let reach = uniform(in: 1.05...1.35, using: &generator)
    for side in [-1.0, 1.0] {
      for rise in [-0.16, 0.02, 0.2] {
        let whisker = Path.soft([
          onFace(side * 0.3, 0.44 + rise * 0.3, depth: 1.2), Point(side * reach * 0.7, 0.42 + rise * 0.8),
          Point(side * reach, 0.5 + rise * 1.5),
        ])
        easel.stroke(whisker, coat.whisker, width: 0.05, end: 0.025)
      }
    }
  }
}

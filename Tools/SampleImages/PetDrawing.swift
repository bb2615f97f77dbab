/// The drawing of a pet: the parts common to cats and dogs. All measures are in head units; see `Pose`.
struct Pet {
  var easel: Easel
  let coat: Coat
  let pose: Pose

  /// Draws the backdrop and chooses coat and pose.
  init(width: Int, height: Int, using generator: inout some RandomNumberGenerator) {
    coat = Coat(using: &generator)
    pose = Pose(width: width, height: height, using: &generator)
    let backdrop = Backdrop(behind: coat.fur, using: &generator)
    easel = Easel(canvas: Canvas(width: width, height: height), frame: pose.frame)
    easel.canvas.paintBackground { backdrop.color(at: $0) }
  }

  /// A point on the face. Points that stand out further move more when the face is turned.
  func onFace(_ x: Double, _ y: Double, depth: Double = 1) -> Point {
    Point(x + pose.turn * depth, y)
  }

  /// The body below the head, unless it is cropped.
  mutating func drawBody(broad: Double, tail: Path, tailWidth: (Double, Double)) {
    if pose.crop == .head { return }
    easel.stroke(tail, coat.outline, width: tailWidth.0 + 0.1, end: tailWidth.1 + 0.1)
    easel.stroke(tail, coat.fur, width: tailWidth.0, end: tailWidth.1)
    for side in [-1.0, 1.0] {
      easel.fill(.ellipse(Point(side * 0.85 * broad, 2.6), 0.42, 0.48), coat)
    }
    let torso = Path.mirrored([
      Point(0, 0.4), Point(0.5 * broad, 0.6), Point(0.72 * broad, 1.3), Point(0.95 * broad, 2.2),
      Point(0.85 * broad, 2.9), Point(0, 3.05),
    ])
    easel.fill(torso, coat)
    let inside = easel.mask(filling: torso)
    if coat.pattern == .stripes { drawBodyStripes(within: inside) }
    if coat.pattern != .plain {
      easel.fill(.ellipse(Point(0, 1.25), 0.4 * broad, 0.62), coat.muzzle, within: inside)
    }
    for side in [-1.0, 1.0] { drawLeg(side: side, broad: broad) }
  }

  /// A collar with a tag, drawn between body and head.
  mutating func drawCollar(using generator: inout some RandomNumberGenerator) {
    let wearsOne = chance(0.4, using: &generator)
    if pose.crop == .head || !wearsOne { return }
    let band = Path.ellipse(Point(0, 0.62), 0.66, 0.45, from: 0.02, to: 0.48)
    easel.stroke(band, coat.collar.darker(0.4), width: 0.24)
    easel.stroke(band, coat.collar, width: 0.16)
    easel.fill(.ellipse(Point(0, 1.18), 0.12, 0.13), Color(0.95, 0.78, 0.25), to: Color(0.7, 0.5, 0.1))
  }

  /// The markings on a head, clipped to its outline.
  mutating func drawMarkings(on head: Path, using generator: inout some RandomNumberGenerator) {
    let inside = easel.mask(filling: head)
    let side = chance(0.5, using: &generator) ? 1.0 : -1.0
    switch coat.pattern {
    case .plain: break
    case .patch:
      easel.fill(.ellipse(onFace(side * 0.45, -0.15), 0.42, 0.5), coat.marking, within: inside)
    case .blaze:
      let blaze = Path.mirrored([
        Point(0, -1), Point(0.12, -0.8), Point(0.09, -0.1), Point(0.3, 0.5), Point(0, 1),
      ])
      easel.fill(blaze.mapped(.shift(pose.turn, 0)), coat.marking, within: inside)
    case .stripes: drawFaceStripes(within: inside)
    case .spots:
      for _ in 0..<5 {
        let x = uniform(in: -0.9...0.9, using: &generator)
        let y = uniform(in: -0.9...0.7, using: &generator)
        let radius = uniform(in: 0.09...0.22, using: &generator)
        easel.fill(.ellipse(Point(x, y), radius, radius * 0.85), coat.marking, within: inside)
      }
    }
  }

  /// A highlight in an eye.
  mutating func drawGlint(at eye: Point, size: Double) {
    easel.fill(.ellipse(eye + Point(size * 0.35, -size * 0.4), size * 0.3, size * 0.3), .white)
  }

  private mutating func drawLeg(side: Double, broad: Double) {
    let x = side * 0.34 * broad
    let leg = Path.blob([
      Point(x - 0.2, 1.7), Point(x + 0.2, 1.7), Point(x + 0.22, 2.8), Point(x - 0.22, 2.8),
    ])
    easel.fill(leg, coat.fur.lighter(0.04), to: coat.fur.darker(0.06))
    for edge in [-0.22, 0.22] {
      easel.stroke(Path([Point(x + edge, 1.95), Point(x + edge, 2.75)]), coat.outline, width: 0.04)
    }
    let paw = coat.pattern == .plain ? coat : coat.with(fur: coat.muzzle)
    easel.fill(.ellipse(Point(x, 2.93), 0.3, 0.18), paw)
    for toe in [-0.09, 0.09] {
      easel.stroke(Path([Point(x + toe, 2.94), Point(x + toe, 3.06)]), paw.outline, width: 0.035)
    }
  }

  private mutating func drawFaceStripes(within inside: Mask) {
    for x in [-0.26, 0.0, 0.26] {
      let stripe = Path([onFace(x * 1.5, -1), onFace(x, -0.42)])
      easel.stroke(stripe, coat.marking, width: 0.15, end: 0.05, within: inside)
    }
    for side in [-1.0, 1.0] {
      for y in [0.1, 0.38] {
        let stripe = Path([Point(side * 1.05, y), Point(side * 0.62, y + 0.06)])
        easel.stroke(stripe, coat.marking, width: 0.14, end: 0.04, within: inside)
      }
    }
  }

  private mutating func drawBodyStripes(within inside: Mask) {
    for side in [-1.0, 1.0] {
      for y in [1.3, 1.7, 2.1, 2.5] {
        let stripe = Path([Point(side * 1.2, y), Point(side * 0.45, y + 0.1)])
        easel.stroke(stripe, coat.marking, width: 0.2, end: 0.05, within: inside)
      }
    }
  }
}

/// A digit that looks handwritten, white on black, 28x28, with its centre of mass in the middle as in MNIST.
///
/// - Parameter digit: 0 to 9.
/// - Returns: 784 gray values, row by row.
public func drawDigit(_ digit: Int, using generator: inout some RandomNumberGenerator) -> [UInt8] {
  precondition(digitStrokes.indices.contains(digit), "a digit is 0 to 9")
  let strokes = pick(digitStrokes[digit], using: &generator).map { wobbled($0, using: &generator) }
  let thickness = uniform(in: 1.8...4.2, using: &generator)
  let frame = handwriting(using: &generator)
  let first = ink(strokes, frame: frame, thickness: thickness)
  let weight = max(first.reduce(0, +), 1e-9)
  let centerX =
    first.enumerated().reduce(0) { $0 + $1.element * (Double($1.offset % digitSide) + 0.5) } / weight
  let centerY =
    first.enumerated().reduce(0) { $0 + $1.element * (Double($1.offset / digitSide) + 0.5) } / weight
  let middle = Double(digitSide) / 2
  let centered = frame.then(.shift(middle - centerX, middle - centerY))
  return ink(strokes, frame: centered, thickness: thickness).map { UInt8(($0 * 255).rounded()) }
}

private let digitSide = 28

/// A random slant, rotation and scale from the unit square to the 20 pixels in the middle.
private func handwriting(using generator: inout some RandomNumberGenerator) -> Affine {
  let width = uniform(in: 11...19, using: &generator)
  let height = uniform(in: 17...20, using: &generator)
  return Affine.shift(-0.5, -0.5)
    .then(.scale(width, height))
    .then(.shear(uniform(in: -0.4...0.25, using: &generator)))
    .then(.turn(uniform(in: -0.25...0.25, using: &generator)))
    .then(.shift(Double(digitSide) / 2, Double(digitSide) / 2))
}

/// The slightly displaced knots of a stroke, joined by a smooth line.
private func wobbled(_ knots: [Point], using generator: inout some RandomNumberGenerator) -> Path {
  let moved = knots.map { knot in
    let x = uniform(in: -0.09...0.09, using: &generator)
    return knot + Point(x, uniform(in: -0.09...0.09, using: &generator))
  }
  return .soft(moved)
}

private func ink(_ strokes: [Path], frame: Affine, thickness: Double) -> [Double] {
  var ink = Array(repeating: 0.0, count: digitSide * digitSide)
  for stroke in strokes {
    let mask = Mask(
      stroking: stroke.mapped(frame), from: thickness, to: thickness, width: digitSide, height: digitSide)
    for place in ink.indices { ink[place] = max(ink[place], mask.coverage[place]) }
  }
  return ink
}

/// The ways to write every digit; a way is a list of strokes, a stroke a list of knots. A repeated knot makes a corner.
private let digitStrokes: [[[[Point]]]] = [
  [[knots(0.5, 0, 0.15, 0.2, 0.1, 0.6, 0.4, 1, 0.75, 0.9, 0.92, 0.5, 0.8, 0.12, 0.5, 0)]],
  [
    [knots(0.5, 0, 0.5, 0.5, 0.5, 1)],
    [knots(0.25, 0.25, 0.52, 0, 0.52, 0, 0.52, 0.5, 0.52, 1)],
    [knots(0.25, 0.22, 0.5, 0, 0.5, 0, 0.5, 1), knots(0.2, 1, 0.8, 1)],
  ],
  [
    [knots(0.1, 0.22, 0.4, 0, 0.82, 0.12, 0.8, 0.42, 0.45, 0.7, 0.08, 1, 0.08, 1, 0.5, 0.98, 0.92, 1)],
    [knots(0.12, 0.2, 0.5, 0, 0.85, 0.25, 0.6, 0.65, 0.25, 0.98, 0.1, 0.85, 0.35, 0.78, 0.9, 1)],
  ],
  [
    [
      knots(
        0.12, 0.1, 0.5, 0, 0.85, 0.18, 0.7, 0.42, 0.4, 0.48, 0.4, 0.48, 0.82, 0.58, 0.85, 0.85, 0.5, 1, 0.1,
        0.9)
    ]
  ],
  [
    [knots(0.65, 0, 0.35, 0.35, 0.05, 0.65, 0.05, 0.65, 0.5, 0.65, 0.95, 0.65), knots(0.68, 0.3, 0.66, 1)],
    [knots(0.15, 0, 0.1, 0.3, 0.15, 0.5, 0.5, 0.54, 0.8, 0.48), knots(0.82, 0, 0.8, 0.5, 0.76, 1)],
  ],
  [
    [
      knots(0.22, 0.02, 0.18, 0.42, 0.18, 0.42, 0.5, 0.36, 0.85, 0.52, 0.82, 0.85, 0.45, 1, 0.1, 0.9),
      knots(0.22, 0.02, 0.85, 0),
    ]
  ],
  [
    [
      knots(
        0.72, 0, 0.35, 0.2, 0.12, 0.6, 0.25, 0.95, 0.65, 0.98, 0.85, 0.72, 0.6, 0.5, 0.28, 0.58, 0.14, 0.72)
    ]
  ],
  [
    [knots(0.08, 0.02, 0.5, 0.03, 0.92, 0, 0.92, 0, 0.6, 0.45, 0.4, 1)],
    [knots(0.08, 0.05, 0.9, 0, 0.9, 0, 0.62, 0.45, 0.4, 1), knots(0.3, 0.52, 0.82, 0.48)],
  ],
  [
    [
      knots(
        0.82, 0.12, 0.5, 0, 0.18, 0.15, 0.3, 0.4, 0.7, 0.58, 0.85, 0.82, 0.5, 1, 0.15, 0.84, 0.32, 0.56, 0.7,
        0.38, 0.82, 0.12)
    ]
  ],
  [
    [knots(0.84, 0.2, 0.5, 0, 0.15, 0.2, 0.3, 0.46, 0.65, 0.44, 0.84, 0.2, 0.84, 0.2, 0.8, 0.6, 0.7, 1)],
    [
      knots(
        0.84, 0.2, 0.5, 0, 0.15, 0.2, 0.3, 0.46, 0.65, 0.44, 0.84, 0.2, 0.84, 0.2, 0.82, 0.7, 0.6, 0.98, 0.25,
        0.92)
    ],
  ],
]

private func knots(_ numbers: Double...) -> [Point] {
  stride(from: 0, to: numbers.count - 1, by: 2).map { Point(numbers[$0], numbers[$0 + 1]) }
}

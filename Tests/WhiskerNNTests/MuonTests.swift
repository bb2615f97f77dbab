import Testing
import WhiskerNN

/// Steps of Muon, compared to the values from References/muon_steps.py and to its formula in double precision.
@Suite struct MuonTests {
  @Test(arguments: [true, false]) func stepsAgreeWithTheFormula(fuses: Bool) throws {
    try FixedTraining.check(
      losses: [1.1859154, 1.0098096, 1.1416466, 1.406773, 1.5537325],
      parameters: [
        .init(first: -0.0059609, last: -0.2271709, sum: -0.013035, magnitudes: 8.943400),
        .init(first: 0.3422168, last: 0.0086173, sum: 1.027259, magnitudes: 1.027259),
        .init(first: -0.2964367, last: -0.1996793, sum: -0.656059, magnitudes: 52.344323),
        .init(first: -0.3844088, last: 0.3185683, sum: 0.427528, magnitudes: 1.648412),
        .init(first: -0.1177648, last: -0.3232004, sum: -0.026632, magnitudes: 4.536565),
        .init(first: 0.2542610, last: 0.3485450, sum: 0.997551, magnitudes: 0.997551),
      ], fuses: fuses
    ) { Muon($0, learningRate: 0.02, weightDecay: 0.5) }
  }

  /// Between two other weights, so that it is a hidden one.
  private static func parameters(rows: Int, columns: Int) -> [Parameter] {
    [[2, 2], [rows, columns], [2, 2]].enumerated().map { index, shape in
      let parameter = Parameter(name: "\(index).weight", shape: shape)
      for index in 0..<parameter.value.count {
        parameter.value[index] = Float(index % 7) / 8
        parameter.gradient[index] = Float(index &* 7919 % 1024) / 1024 - 0.5
      }
      return parameter
    }
  }

  @Test(
    "A step is the gradient with its singular values near 1, whatever the shape and the threads",
    arguments: [
      (40, 17), (17, 40), (3, 200), (200, 3), (33, 33), (1, 5),
    ])
  func orthogonalization(rows: Int, columns: Int) {
    var results: [[Float]] = []
    for threads in 1...3 {
      let parameters = Self.parameters(rows: rows, columns: columns)
      let before = parameters[1].value.values
      // The second step works in memory that the first has used.
      let optimizer = Muon(parameters, learningRate: 0.5)
      for _ in 0..<2 { optimizer.step(ComputePool(threads: threads)) }
      results.append(parameters[1].value.values)
      let gradient = parameters[1].gradient.values.map(Double.init)
      let direction = Self.orthogonalized(gradient, rows: rows, columns: columns)
      let rate = 0.5 * max(1, Double(rows) / Double(columns)).squareRoot()
      for (index, value) in parameters[1].value.values.enumerated() {
        #expect(abs(Double(value) - (Double(before[index]) - 2 * rate * direction[index])) < 1e-3 * rate)
      }
    }
    #expect(results[0] == results[1] && results[0] == results[2])
  }

  @Test func restoresItsState() {
    let (first, second) = (Self.parameters(rows: 20, columns: 30), Self.parameters(rows: 20, columns: 30))
    let pool = ComputePool(threads: 2)
    let optimizer = Muon(first, learningRate: 0.1, weightDecay: 0.1)
    optimizer.step(pool)
    let resumed = Muon(second, learningRate: 0.1, weightDecay: 0.1)
    resumed.restore(optimizer.state.map(\.tensor))
    resumed.steps = optimizer.steps
    for (first, second) in zip(first, second) {
      for index in 0..<first.value.count { second.value[index] = first.value[index] }
    }
    optimizer.step(pool)
    resumed.step(pool)
    for (first, second) in zip(first, second) { #expect(first.value.values == second.value.values) }
  }

  /// Five iterations of X <- a X + b X Xt X + c X Xt X Xt X from X / |X|.
  private static func orthogonalized(_ matrix: [Double], rows: Int, columns: Int) -> [Double] {
    let norm = matrix.reduce(0) { $0 + $1 * $1 }.squareRoot()
    var x = matrix.map { $0 / norm }
    /// X Xt Y
    func applied(to y: [Double]) -> [Double] {
      var products = [Double](repeating: 0, count: columns * columns)
      for i in 0..<columns {
        for j in 0..<columns {
          for row in 0..<rows { products[i * columns + j] += x[row * columns + i] * y[row * columns + j] }
        }
      }
      var result = [Double](repeating: 0, count: rows * columns)
      for row in 0..<rows {
        for j in 0..<columns {
          for i in 0..<columns {
            result[row * columns + j] += x[row * columns + i] * products[i * columns + j]
          }
        }
      }
      return result
    }
    for _ in 0..<5 {
      let third = applied(to: x)
      let fifth = applied(to: third)
      x = x.indices.map { 3.4445 * x[$0] - 4.7750 * third[$0] + 2.0315 * fifth[$0] }
    }
    return x
  }
}

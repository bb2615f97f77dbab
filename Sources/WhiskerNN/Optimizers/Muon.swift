import CKernels
import WhiskerCore

/// Muon (Keller Jordan, "Muon: An optimizer for hidden layers in neural networks", 2024): momentum with Nesterov's step, whose
/// matrices are replaced by the nearest orthogonal ones. The weights of hidden layers are such matrices, one row per filter or unit;
/// biases, the parameters of batch norm, and the first and last weights are updated by AdamW with a tenth of the learning rate.
///
/// Weight decay is decoupled, as in `Adam`. Constants are those of the published code.
public final class Muon: Optimizer {
  public var learningRate: Double
  public var steps: Int {
    get { others.steps }
    set { others.steps = newValue }
  }

  private let weightDecay: Double
  private let momentum = 0.95
  private let matrices: [Matrix]
  private let others: Adam
  private let orthogonalization: Orthogonalization

  /// The parameters of a hidden layer, and its moving average of gradients.
  private struct Matrix {
    let parameter: Parameter
    let mean: ParameterValues

    var rows: Int { parameter.value.shape[0] }
    var columns: Int { parameter.value.count / rows }
  }

  public init(_ parameters: [Parameter], learningRate: Double = 0.02, weightDecay: Double = 0) {
    (self.learningRate, self.weightDecay) = (learningRate, weightDecay)
    let weights = parameters.filter { $0.value.shape.count > 1 }
    let hidden = Set(weights.dropFirst().dropLast().map(ObjectIdentifier.init))
    matrices = parameters.filter { hidden.contains(ObjectIdentifier($0)) }.map {
      Matrix(parameter: $0, mean: $0.value.zeros())
    }
    others = Adam(
      parameters.filter { !hidden.contains(ObjectIdentifier($0)) }, learningRate: learningRate / 10,
      weightDecay: weightDecay)
    orthogonalization = Orthogonalization(sides: matrices.map { ($0.rows, $0.columns) })
  }

  public var state: [(name: String, tensor: Tensor)] {
    matrices.map { ("\($0.parameter.name).momentum", $0.mean.tensor) } + others.state
  }

  public func restore(_ state: [Tensor]) {
    for (matrix, tensor) in zip(matrices, state) { matrix.mean.assign(tensor) }
    others.restore(Array(state.dropFirst(matrices.count)))
  }

  public func step(_ pool: ComputePool) {
    others.learningRate = learningRate / 10
    others.step(pool)
    for matrix in matrices { step(matrix, pool) }
  }

  private func step(_ matrix: Matrix, _ pool: ComputePool) {
    let (value, gradient, mean) = (matrix.parameter.value, matrix.parameter.gradient, matrix.mean)
    let (old, new) = (Float(momentum), Float(1 - momentum))
    orthogonalization.begin(rows: matrix.rows, columns: matrix.columns)
    pool.run(matrix.rows) { row, _ in
      mean.forEachPiece(ofRow: row) { columns, means in
        let gradients = gradient.elements + (means - mean.elements)
        let line = orthogonalization.line(row, columns.lowerBound)
        for column in 0..<columns.count {
          means[column] = old * means[column] + new * gradients[column]
          line.first[column * line.step] = old * means[column] + new * gradients[column]
        }
      }
    }
    orthogonalization.run(pool)
    let keep = matrix.parameter.decayFactor(learningRate * weightDecay)
    let rate = Float(learningRate * max(1, Double(matrix.rows) / Double(matrix.columns)).squareRoot())
    pool.run(matrix.rows) { row, _ in
      value.forEachPiece(ofRow: row) { columns, values in
        let line = orthogonalization.line(row, columns.lowerBound)
        for column in 0..<columns.count {
          values[column] = keep * values[column] - rate * line.first[column * line.step]
        }
      }
    }
  }
}

/// Replaces the singular values of a matrix X by about 1, with a Newton-Schulz iteration of the fifth order:
/// X ← a X + b X Xᵀ X + c X Xᵀ X Xᵀ X.
///
/// Every iteration multiplies X from the left by P = a I + b A + c A², where A = X Xᵀ. So the iterations are made with A, which is much
/// smaller than X, and the product of their factors is applied to X once.
private final class Orthogonalization {
  /// a, b, c, and the number of iterations.
  private static let coefficients: (Float, Float, Float) = (3.4445, -4.7750, 2.0315)
  private static let iterations = 5
  /// The columns of the last product that one task computes.
  private static let step = 3 * blockSize

  /// X, whose rows are the shorter side, later the result. Both sides are padded by zeros to a multiple of a block.
  private var matrix: Buffer<Float>
  /// The transpose of X, later X.
  private var other: Buffer<Float>
  /// A, P, the product of all P so far, and a product: symmetric matrices.
  private var gram, factor, factors, product: Buffer<Float>
  private var isTransposed = false
  private var (rows, columns) = (0, 0)

  init(sides: [(rows: Int, columns: Int)]) {
    func padded(_ count: Int) -> Int { blockCount(count) * blockSize }
    let all = sides.map { padded($0.rows) * padded($0.columns) }.max() ?? 0
    let short = sides.map { padded(min($0.rows, $0.columns)) }.max() ?? 0
    (matrix, other) = (Buffer(count: all), Buffer(count: all))
    (gram, factor) = (Buffer(count: short * short), Buffer(count: short * short))
    (factors, product) = (Buffer(count: short * short), Buffer(count: short * short))
  }

  /// Starts with a matrix of zeros.
  func begin(rows: Int, columns: Int) {
    isTransposed = rows > columns
    self.rows = blockCount(min(rows, columns)) * blockSize
    self.columns = blockCount(max(rows, columns)) * blockSize
    if self.rows * self.columns > rows * columns {
      matrix.elements.update(repeating: 0, count: self.rows * self.columns)
    }
  }

  /// Where the values of a row are from a column on, before and after `run`, and how many floats apart.
  func line(_ row: Int, _ column: Int) -> (first: UnsafeMutablePointer<Float>, step: Int) {
    isTransposed
      ? (matrix.elements + column * columns + row, columns) : (matrix.elements + row * columns + column, 1)
  }

  func run(_ pool: ComputePool) {
    transpose(pool)
    multiply(matrix, other, depth: columns, into: gram, pool)
    let square = rows * rows
    // The iterations start with X / |X|.
    let norm = (0..<rows).reduce(0.0) { $0 + Double(gram.elements[$1 * rows + $1]) }.squareRoot()
    let scale = 1 / (norm + 1e-7)
    for index in 0..<square { gram.elements[index] *= Float(scale * scale) }
    let (first, third, fifth) = Self.coefficients
    for iteration in 1...Self.iterations {
      multiply(gram, gram, depth: rows, into: factor, pool)
      for index in 0..<square {
        factor.elements[index] = third * gram.elements[index] + fifth * factor.elements[index]
      }
      for row in 0..<rows { factor.elements[row * rows + row] += first }
      if iteration == 1 {
        factors.elements.update(from: factor.elements, count: square)
      } else {
        multiply(factor, factors, depth: rows, into: product, pool)
        swap(&factors, &product)
      }
      guard iteration < Self.iterations else { break }
      // The factor is symmetric: (P X) (P X)ᵀ = P A P.
      multiply(factor, gram, depth: rows, into: product, pool)
      multiply(product, factor, depth: rows, into: gram, pool)
    }
    for index in 0..<square { factors.elements[index] *= Float(scale) }
    multiplyMatrix(pool)
  }

  /// Sets the transpose of X.
  private func transpose(_ pool: ComputePool) {
    pool.run(rows / blockSize) { task, _ in
      let first = task * blockSize
      whisker_matrix_transpose(
        Int64(blockSize), Int64(columns), matrix.elements + first * columns, Int64(columns),
        other.elements + first, Int64(rows))
    }
  }

  /// A symmetric target = left · right. Only the part up to the diagonal is computed.
  private func multiply(
    _ left: Buffer<Float>, _ right: Buffer<Float>, depth: Int, into target: Buffer<Float>, _ pool: ComputePool
  ) {
    pool.run(rows / blockSize) { task, _ in
      let first = task * blockSize
      let line = target.elements + first * rows
      var shape = whisker_matrix_product(
        rows: Int64(blockSize), columns: Int64(first + blockSize), depth: Int64(depth),
        left_row: Int64(depth),
        right_row: Int64(rows), result_row: Int64(rows))
      whisker_matrix_multiply(&shape, left.elements + first * depth, right.elements, line)
      whisker_matrix_transpose(
        Int64(blockSize), Int64(first), line, Int64(rows), target.elements + first, Int64(rows))
    }
  }

  /// Multiplies X by the product of all P.
  private func multiplyMatrix(_ pool: ComputePool) {
    let chunks = Chunks(of: columns, parts: columns, step: Self.step)
    swap(&matrix, &other)
    pool.run(chunks.number) { task, _ in
      let chunk = chunks[task]
      var shape = whisker_matrix_product(
        rows: Int64(rows), columns: Int64(chunk.count), depth: Int64(rows), left_row: Int64(rows),
        right_row: Int64(columns), result_row: Int64(columns))
      whisker_matrix_multiply(
        &shape, factors.elements, other.elements + chunk.lowerBound, matrix.elements + chunk.lowerBound)
    }
  }
}

extension OptimizerKind {
  /// Muon for the weights of hidden layers, and AdamW for the rest.
  public static let muon = OptimizerKind(
    "muon", title: "Muon", summary: "Muon for the weights of hidden layers, AdamW for the rest",
    defaultLearningRate: 0.02
  ) {
    Muon($0, learningRate: $1.learningRate, weightDecay: $1.weightDecay)
  }
}

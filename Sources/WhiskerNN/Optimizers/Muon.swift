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
    let columns = matrix.columns
    let (old, new) = (Float(momentum), Float(1 - momentum))
    orthogonalization.begin(rows: matrix.rows, columns: columns)
    pool.run(matrix.rows) { row, _ in
      for column in 0..<columns {
        let index = row * columns + column
        mean[index] = old * mean[index] + new * gradient[index]
        orthogonalization.set(row, column, old * mean[index] + new * gradient[index])
      }
    }
    orthogonalization.run(pool)
    let keep = matrix.parameter.decayFactor(learningRate * weightDecay)
    let rate = Float(learningRate * max(1, Double(matrix.rows) / Double(columns)).squareRoot())
    pool.run(matrix.rows) { row, _ in
      for column in 0..<columns {
        let index = row * columns + column
        value[index] = keep * value[index] - rate * orthogonalization.value(row, column)
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
  /// The rows of a product that one task computes.
  private static let step = 8

  // X, whose rows are the shorter side, and the result. Both sides are padded by zeros to a multiple of a block: the kernels see
  // the columns as the positions of a map.
  private let matrix, result: Buffer<Float>
  /// A, P, the product of all P so far, and a product.
  private var gram, factor, factors, product: Buffer<Float>
  /// One for each thread, and their size.
  private var workspaces: [Buffer<Float>] = []
  private var workspaceSize = 0
  private var isTransposed = false
  private var (rows, columns) = (0, 0)

  init(sides: [(rows: Int, columns: Int)]) {
    func padded(_ count: Int) -> Int { blockCount(count) * blockSize }
    let all = sides.map { padded($0.rows) * padded($0.columns) }.max() ?? 0
    let short = sides.map { padded(min($0.rows, $0.columns)) }.max() ?? 0
    (matrix, result) = (Buffer(count: all), Buffer(count: all))
    (gram, factor) = (Buffer(count: short * short), Buffer(count: short * short))
    (factors, product) = (Buffer(count: short * short), Buffer(count: short * short))
  }

  /// Starts with a matrix of zeros.
  func begin(rows: Int, columns: Int) {
    isTransposed = rows > columns
    self.rows = blockCount(min(rows, columns)) * blockSize
    self.columns = blockCount(max(rows, columns)) * blockSize
    matrix.elements.update(repeating: 0, count: self.rows * self.columns)
  }

  /// Sets a value of the matrix.
  func set(_ row: Int, _ column: Int, _ value: Float) { matrix.elements[place(row, column)] = value }

  /// A value of the result.
  func value(_ row: Int, _ column: Int) -> Float { result.elements[place(row, column)] }

  private func place(_ row: Int, _ column: Int) -> Int {
    isTransposed ? column * columns + row : row * columns + column
  }

  func run(_ pool: ComputePool) {
    multiplyByTranspose(pool)
    let square = rows * rows
    // The iterations start with X / |X|.
    let norm = (0..<rows).reduce(0.0) { $0 + Double(gram.elements[$1 * rows + $1]) }.squareRoot()
    let scale = 1 / (norm + 1e-7)
    for index in 0..<square { gram.elements[index] *= Float(scale * scale) }
    let (first, third, fifth) = Self.coefficients
    for iteration in 1...Self.iterations {
      multiply(gram, gram, columns: rows, into: factor, pool)
      for index in 0..<square {
        factor.elements[index] = third * gram.elements[index] + fifth * factor.elements[index]
      }
      for row in 0..<rows { factor.elements[row * rows + row] += first }
      if iteration == 1 {
        factors.elements.update(from: factor.elements, count: square)
      } else {
        multiply(factor, factors, columns: rows, into: product, pool)
        swap(&factors, &product)
      }
      guard iteration < Self.iterations else { break }
      // The factor is symmetric: (P X) (P X)ᵀ = P A P.
      multiply(factor, gram, columns: rows, into: product, pool)
      multiply(product, factor, columns: rows, into: gram, pool)
    }
    for index in 0..<square { factors.elements[index] *= Float(scale) }
    multiply(factors, matrix, columns: columns, into: result, pool)
  }

  /// A = X Xᵀ, as the gradient with respect to the weights of a convolution of 1x1.
  private func multiplyByTranspose(_ pool: ComputePool) {
    var shape = shape(columns: columns)
    let groups = Chunks(of: rows, parts: 2 * pool.threads, step: blockSize)
    reserve(Int(whisker_convolution_weights_workspace(&shape, Int64(groups.size))), pool)
    withUnsafePointer(to: shape) { shape in
      pool.run(groups.number) { task, worker in
        let group = groups[task]
        whisker_convolution_weights(
          shape, Int64(group.lowerBound), Int64(group.upperBound), 1, matrix.elements, matrix.elements,
          gram.elements, nil, workspaces[worker].elements)
      }
    }
  }

  /// target = left · right, with `left` of `rows` rows and columns: a convolution of 1x1.
  private func multiply(
    _ left: Buffer<Float>, _ right: Buffer<Float>, columns: Int, into target: Buffer<Float>,
    _ pool: ComputePool
  ) {
    var shape = shape(columns: columns)
    reserve(Int(whisker_convolution_workspace(&shape)), pool)
    let groups = Chunks(of: rows, parts: 4 * pool.threads, step: Self.step)
    withUnsafePointer(to: shape) { shape in
      pool.run(groups.number) { task, worker in
        let group = groups[task]
        whisker_convolution_forward(
          shape, Int64(group.lowerBound), Int64(group.upperBound), left.elements, nil, right.elements,
          target.elements, workspaces[worker].elements)
      }
    }
  }

  /// Makes sure that every thread has a workspace of that size.
  private func reserve(_ count: Int, _ pool: ComputePool) {
    guard workspaces.count < pool.threads || workspaceSize < count else { return }
    workspaceSize = max(count, workspaceSize)
    workspaces = (0..<pool.threads).map { _ in Buffer(count: workspaceSize) }
  }

  private func shape(columns: Int) -> whisker_convolution {
    let width = Int64(columns / blockSize)
    return whisker_convolution(
      channels: Int64(rows), height: 1, width: width, filters: Int64(rows), kernel_height: 1, kernel_width: 1,
      stride: 1, pad_top: 0, pad_left: 0, out_height: 1, out_width: width, groups: 1, out_offset: 0,
      out_row_stride: width, out_column_stride: 1, out_channel_stride: width)
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

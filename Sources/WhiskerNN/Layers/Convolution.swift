import CKernels
import WhiskerTensor

/// A convolution as a matrix product over the patches that the kernel sees ("im2col"): for any shape and neighbour.
final class Convolution: Layer {
  let filters: ConvolutionFilters
  var parameters: [Parameter] { filters.parameters }

  private let pool: ComputePool
  private let output: Tensor
  private let inputGradient: Tensor
  private let columns: [Tensor]
  private let columnGradients: [Tensor]
  private let partials: ConvolutionPartials
  private var input: Tensor?

  private var positions: Int { filters.outHeight * filters.outWidth }
  private var outputFeatures: Int { filters.filters * positions }

  init(_ filters: ConvolutionFilters, capacity: Int, pool: ComputePool) {
    (self.filters, self.pool) = (filters, pool)
    let positions = filters.outHeight * filters.outWidth
    output = Tensor(shape: [capacity, filters.filters * positions])
    inputGradient = Tensor(shape: [capacity, filters.inputFeatures])
    columns = (0..<pool.threads).map { _ in Tensor(shape: [filters.taps, positions]) }
    columnGradients = (0..<pool.threads).map { _ in Tensor(shape: [filters.taps, positions]) }
    partials = ConvolutionPartials(filters, capacity: capacity)
  }

  func initialize(seed: UInt64) { filters.initialize(seed: seed) }

  func forward(_ input: Tensor, count: Int, pass: Pass) -> Tensor {
    self.input = input
    pool.run(count) { row, worker in
      let columns = columns[worker].elements
      let output = output.row(row, of: outputFeatures)
      withUnsafePointer(to: filters.shape) {
        whisker_im2col($0, input.row(row, of: filters.inputFeatures), columns)
      }
      for filter in 0..<filters.filters {
        (output + filter * positions).update(repeating: filters.bias.value[filter], count: positions)
      }
      multiply(
        m: filters.filters, n: positions, k: filters.taps,
        a: (filters.weight.value.elements, filters.taps, 1),
        b: (columns, positions, 1), into: output, accumulate: true)
    }
    return output
  }

  func backward(_ gradient: Tensor, count: Int, needsInputGradient: Bool) -> Tensor? {
    guard let input else { preconditionFailure("backward follows forward") }
    pool.run(blockCount(count)) { block, worker in
      let (weights, biases) = partials.cleared(block)
      for row in block * sampleBlock..<min((block + 1) * sampleBlock, count) {
        let gradient = gradient.row(row, of: outputFeatures)
        let columns = columns[worker].elements
        withUnsafePointer(to: filters.shape) {
          whisker_im2col($0, input.row(row, of: filters.inputFeatures), columns)
        }
        multiply(
          m: filters.filters, n: filters.taps, k: positions, a: (gradient, positions, 1),
          b: (columns, 1, positions),
          into: weights, accumulate: true)
        for filter in 0..<filters.filters {
          for position in 0..<positions { biases[filter] += gradient[filter * positions + position] }
        }
        if needsInputGradient {
          spread(gradient, to: inputGradient.row(row, of: filters.inputFeatures), worker)
        }
      }
    }
    partials.sum(count: blockCount(count))
    return needsInputGradient ? inputGradient : nil
  }

  private func spread(
    _ gradient: UnsafeMutablePointer<Float>, to target: UnsafeMutablePointer<Float>, _ worker: Int
  ) {
    let columns = columnGradients[worker].elements
    multiply(
      m: filters.taps, n: positions, k: filters.filters, a: (filters.weight.value.elements, 1, filters.taps),
      b: (gradient, positions, 1), into: columns, accumulate: false)
    target.update(repeating: 0, count: filters.inputFeatures)
    withUnsafePointer(to: filters.shape) { whisker_col2im($0, columns, target) }
  }

  private typealias Matrix = (elements: UnsafeMutablePointer<Float>, row: Int, column: Int)

  private func multiply(
    m: Int, n: Int, k: Int, a: Matrix, b: Matrix, into c: UnsafeMutablePointer<Float>, accumulate: Bool
  ) {
    var product = whisker_gemm(
      m: Int64(m), n: Int64(n), k: Int64(k), a: a.elements, a_row: Int64(a.row), a_column: Int64(a.column),
      b: b.elements, b_row: Int64(b.row), b_column: Int64(b.column), c: c, c_row: Int64(n), bias: nil,
      accumulate: accumulate ? 1 : 0)
    whisker_gemm_run(&product, 0, whisker_gemm_panels(&product))
  }
}

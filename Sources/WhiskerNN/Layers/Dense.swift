import CKernels
import WhiskerTensor

/// A fully connected layer: output = input · weightᵀ + bias.
final class Dense: Layer {
  /// `[units, features]`
  let weight: Parameter
  /// `[units]`
  let bias: Parameter
  var parameters: [Parameter] { [weight, bias] }

  private let index: Int
  private let features: Int
  private let units: Int
  private let pool: ComputePool
  private let output: Tensor
  private let inputGradient: Tensor
  private var input: Tensor?

  init(index: Int, features: Int, units: Int, capacity: Int, pool: ComputePool) {
    (self.index, self.features, self.units, self.pool) = (index, features, units, pool)
    weight = Parameter(name: "\(index).weight", shape: [units, features])
    bias = Parameter(name: "\(index).bias", shape: [units])
    output = Tensor(shape: [capacity, units])
    inputGradient = Tensor(shape: [capacity, features])
  }

  func initialize(seed: UInt64) {
    weight.fillGlorotUniform(fanIn: features, fanOut: units, seed: seed, layer: index)
    bias.value.clear()
  }

  func forward(_ input: Tensor, count: Int, pass: Pass) -> Tensor {
    self.input = input
    pool.multiply(
      whisker_gemm(
        m: Int64(count), n: Int64(units), k: Int64(features),
        a: input.elements, a_row: Int64(features), a_column: 1,
        b: weight.value.elements, b_row: 1, b_column: Int64(features),
        c: output.elements, c_row: Int64(units), bias: bias.value.elements, accumulate: 0))
    return output
  }

  func backward(_ gradient: Tensor, count: Int, needsInputGradient: Bool) -> Tensor? {
    guard let input else { preconditionFailure("backward follows forward") }
    whisker_sum_rows(
      Int64(count), Int64(units), gradient.elements, Int64(units), bias.gradient.elements)
    pool.multiply(
      whisker_gemm(
        m: Int64(units), n: Int64(features), k: Int64(count),
        a: gradient.elements, a_row: 1, a_column: Int64(units),
        b: input.elements, b_row: Int64(features), b_column: 1,
        c: weight.gradient.elements, c_row: Int64(features), bias: nil, accumulate: 0))
    guard needsInputGradient else { return nil }
    pool.multiply(
      whisker_gemm(
        m: Int64(count), n: Int64(features), k: Int64(units),
        a: gradient.elements, a_row: Int64(units), a_column: 1,
        b: weight.value.elements, b_row: Int64(features), b_column: 1,
        c: inputGradient.elements, c_row: Int64(features), bias: nil, accumulate: 0))
    return inputGradient
  }
}

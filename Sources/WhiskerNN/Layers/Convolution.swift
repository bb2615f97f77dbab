import CKernels

/// A convolution that is not fused with other layers, for any shape.
final class Convolution: Layer {
  let filters: ConvolutionFilters
  var parameters: [Parameter] { filters.parameters }

  private let pool: ComputePool
  private let output: Activations
  private let inputGradient: Activations
  private var input: Activations?

  /// The number of filters per task in the backward pass.
  private static let filterStep = 4

  init(_ filters: ConvolutionFilters, capacity: Int, pool: ComputePool) {
    (self.filters, self.pool) = (filters, pool)
    output = Activations(
      features: filters.filters * filters.outHeight * filters.outWidth, capacity: capacity)
    inputGradient = Activations(features: filters.inputFeatures, capacity: capacity)
  }

  func initialize(seed: UInt64) { filters.initialize(seed: seed) }

  func forward(_ input: Activations, count: Int, pass: Pass) -> Activations {
    self.input = input
    withUnsafePointer(to: filters.shape) { shape in
      pool.run(blockCount(count)) { block, _ in
        whisker_conv_forward(
          shape, 0, shape.pointee.filters, filters.weight.value.elements, filters.bias.value.elements,
          input.block(block), output.block(block))
      }
    }
    return output
  }

  func backward(
    _ gradient: Activations, count: Int, needsInputGradient: Bool, step: FusedStep?
  ) -> Activations? {
    guard let input else { preconditionFailure("backward follows forward") }
    let blocks = blockCount(count)
    let groups = Chunks(of: filters.filters, parts: filters.filters, step: Self.filterStep)
    withUnsafePointer(to: filters.shape) { shape in
      if needsInputGradient {
        pool.run(blocks) { block, _ in
          whisker_conv_input(
            shape, 0, shape.pointee.channels, filters.weight.value.elements, gradient.block(block),
            inputGradient.block(block))
        }
      }
      pool.run(groups.number) { task, _ in
        let group = groups[task]
        whisker_conv_weights(
          shape, Int64(group.lowerBound), Int64(group.upperBound), Int64(blocks), input.elements,
          gradient.elements, filters.weight.gradient.elements, filters.bias.gradient.elements)
        filters.apply(step, to: group)
      }
    }
    return needsInputGradient ? inputGradient : nil
  }
}

import CKernels
import WhiskerCore

/// Fused convolution, ReLU, 2x2 max-pool and dropout. The full map is never written, and backward only visits the argmax of
/// each pooling window, which is several times faster than separate layers.
final class ConvolutionReLUPool: Layer {
  let filters: ConvolutionFilters
  var parameters: [Parameter] { filters.parameters }
  /// The mask of the dropout layer after the pool, if there is one.
  let dropouts: [DropoutMask]

  private let mask: DropoutMask
  private let pool: ComputePool
  private let output: Activations
  private let inputGradient: Activations
  /// The argmax of each pooling window, if any.
  private let choices: Buffer<UInt8>
  private let dropped: [Buffer<UInt8>]
  private let sums: [Tensor]
  private let masked: [Tensor]
  private let winograd: ConvolutionWinograd?
  private let argmaxes: SparsePoolBackward?
  private var input: Activations?
  private var pass = Pass.inference

  /// The number of filters in a forward task is a multiple of `forwardStep`; a backward task has `filterStep`.
  private static let forwardStep = 4
  private static let filterStep = 2

  private var groups: Chunks { Chunks(of: filters.filters, parts: filters.filters, step: Self.filterStep) }

  init(_ filters: ConvolutionFilters, dropout: DropoutMask?, capacity: Int, pool: ComputePool) {
    (self.filters, self.pool) = (filters, pool)
    dropouts = dropout.map { [$0] } ?? []
    mask = dropout ?? DropoutMask(layer: 0, rate: 0)
    let map = (filters.outHeight / 2) * (filters.outWidth / 2)
    output = Activations(features: filters.filters * map, capacity: capacity)
    inputGradient = Activations(features: filters.inputFeatures, capacity: capacity)
    choices = Buffer(count: blockCount(capacity) * output.blockStride)
    var shape = filters.shape
    let workspace = Int(whisker_conv_pool_workspace(&shape))
    dropped = (0..<pool.threads).map { _ in Buffer(count: workspace) }
    sums = (0..<pool.threads).map { _ in Tensor(shape: [Self.filterStep, filters.taps + 2, blockSize]) }
    winograd = ConvolutionWinograd.suit(filters) ? ConvolutionWinograd(filters, pool: pool) : nil
    argmaxes =
      SparsePoolBackward.suit(filters)
      ? SparsePoolBackward(filters, capacity: capacity, pool: pool) : nil
    masked = (0..<pool.threads).map { _ in Tensor(shape: [filters.filters, 4, blockSize]) }
  }

  func initialize(seed: UInt64) { filters.initialize(seed: seed) }

  func forward(_ input: Activations, count: Int, pass: Pass) -> Activations {
    (self.input, self.pass) = (input, pass)
    let blocks = blockCount(count)
    if let winograd {
      winograd.forward(
        input, mask: mask, pass: pass, blocks: blocks, output: output,
        choices: keepsChoices(pass) ? choices : nil)
      return output
    }
    let groups = Chunks(of: filters.filters, parts: 4, step: Self.forwardStep)
    withUnsafePointer(to: filters.shape) { shape in
      // Divided by filters, like the next layer and backward, so that data stays in the cache of the same core.
      pool.run(groups.number * blocks) { task, worker in
        let (group, block) = (groups[task / blocks], task % blocks)
        var dropout = mask.dropout(pass, block: block)
        whisker_conv_pool_forward(
          shape, Int64(group.lowerBound), Int64(group.upperBound), filters.weight.value.elements,
          filters.bias.value.elements, input.block(block), &dropout, output.block(block),
          keepsChoices(pass) ? choices.elements + block * output.blockStride : nil, dropped[worker].elements)
      }
    }
    return output
  }

  func backward(
    _ gradient: Activations, count: Int, needsInputGradient: Bool, step: FusedStep?
  ) -> Activations? {
    precondition(pass.wantsGradients, "backward needs a training pass, which stores the argmaxes")
    let inputGradient = needsInputGradient ? inputGradient : nil
    // The gradient of the input needs the weights of the forward pass, so it comes before the step.
    if let argmaxes, let input {
      argmaxes.backward(
        gradient, scale: mask.scale(in: pass), choices: choices, input: input, into: inputGradient,
        blocks: blockCount(count), step: step)
    } else {
      if inputGradient != nil { spread(gradient, count: count) }
      sum(gradient, count: count, step)
    }
    return inputGradient
  }

  /// Whether the argmaxes are stored. The kernels drop values only together with them.
  private func keepsChoices(_ pass: Pass) -> Bool { pass.wantsGradients || pass.drops }

  /// Computes the gradients with respect to the weights and biases.
  private func sum(_ gradient: Activations, count: Int, _ step: FusedStep?) {
    guard let input else { preconditionFailure("backward follows forward") }
    let map = output.blockStride / filters.filters
    withUnsafePointer(to: filters.shape) { shape in
      pool.run(groups.number) { task, worker in
        let group = groups[task]
        whisker_conv_pool_weights(
          shape, Int64(group.lowerBound), Int64(group.upperBound), Int64(blockCount(count)), input.elements,
          choices.elements, gradient.elements + group.lowerBound * map, Int64(gradient.blockStride),
          mask.scale(in: pass), filters.weight.gradient.elements, filters.bias.gradient.elements,
          sums[worker].elements)
        filters.apply(step, to: group)
      }
    }
  }

  /// Computes the gradient with respect to the input.
  private func spread(_ gradient: Activations, count: Int) {
    let groups = Chunks(of: filters.channels, parts: 2)
    withUnsafePointer(to: filters.shape) { shape in
      pool.run(blockCount(count) * groups.number) { task, worker in
        let (block, group) = (task / groups.number, groups[task % groups.number])
        whisker_conv_pool_input(
          shape, Int64(group.lowerBound), Int64(group.upperBound), filters.weight.value.elements,
          choices.elements + block * output.blockStride, gradient.block(block), mask.scale(in: pass),
          inputGradient.block(block), masked[worker].elements)
      }
    }
  }
}

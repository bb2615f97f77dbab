import CKernels
import WhiskerTensor

/// Convolution, ReLU and 2x2 max-pool in one pass. The full map is never written, and backward visits only the
/// positions that won their pool: several times faster than the three layers one after the other.
final class ConvolutionReLUPool: Layer {
  let filters: ConvolutionFilters
  var parameters: [Parameter] { filters.parameters }

  private let pool: ComputePool
  private let output: Tensor
  private let layout: Tensor
  private let scratch: [Tensor]
  private var choices: [UInt8]
  private let inputGradient: Tensor
  private let partials: ConvolutionPartials
  private var input: Tensor?

  private let choiceSize: Int
  private var outputFeatures: Int { filters.filters * (filters.outHeight / 2) * (filters.outWidth / 2) }

  init(_ filters: ConvolutionFilters, capacity: Int, pool: ComputePool) {
    (self.filters, self.pool) = (filters, pool)
    var shape = filters.shape
    let scratchSize = Int(whisker_conv_pool_scratch_size(&shape))
    choiceSize = Int(whisker_conv_pool_choice_size(&shape))
    layout = Tensor(shape: [Int(whisker_conv_pool_layout_size(&shape))])
    scratch = (0..<pool.threads).map { _ in Tensor(shape: [scratchSize]) }
    choices = [UInt8](repeating: 0, count: capacity * choiceSize)
    inputGradient = Tensor(shape: [capacity, filters.inputFeatures])
    partials = ConvolutionPartials(filters, capacity: capacity)
    output = Tensor(shape: [capacity, filters.filters * (filters.outHeight / 2) * (filters.outWidth / 2)])
  }

  func initialize(seed: UInt64) { filters.initialize(seed: seed) }

  func forward(_ input: Tensor, count: Int, pass: Pass) -> Tensor {
    self.input = input
    var shape = filters.shape
    whisker_conv_pool_layout(&shape, filters.weight.value.elements, layout.elements)
    choices.withUnsafeMutableBufferPointer { choices in
      forEachSample(count) { row, worker, shape in
        whisker_conv_pool_forward(
          shape, layout.elements, filters.bias.value.elements, input.row(row, of: filters.inputFeatures),
          output.row(row, of: outputFeatures), choices.baseAddress! + row * choiceSize,
          scratch[worker].elements)
      }
    }
    return output
  }

  func backward(_ gradient: Tensor, count: Int, needsInputGradient: Bool) -> Tensor? {
    guard let input else { preconditionFailure("backward follows forward") }
    let inputFeatures = filters.inputFeatures
    if needsInputGradient { inputGradient.elements.update(repeating: 0, count: count * inputFeatures) }
    choices.withUnsafeBufferPointer { choices in
      withUnsafePointer(to: filters.shape) { shape in
        pool.run(blockCount(count)) { block, worker in
          let (weights, biases) = partials.cleared(block)
          for row in block * sampleBlock..<min((block + 1) * sampleBlock, count) {
            whisker_conv_pool_backward(
              shape, filters.weight.value.elements, input.row(row, of: inputFeatures),
              choices.baseAddress! + row * choiceSize, gradient.row(row, of: outputFeatures), weights, biases,
              needsInputGradient ? inputGradient.row(row, of: inputFeatures) : nil, scratch[worker].elements)
          }
        }
      }
    }
    partials.sum(count: blockCount(count))
    return needsInputGradient ? inputGradient : nil
  }

  private func forEachSample(
    _ count: Int, _ body: (_ row: Int, _ worker: Int, _ shape: UnsafePointer<whisker_conv>) -> Void
  ) {
    withUnsafePointer(to: filters.shape) { shape in
      pool.run(blockCount(count)) { block, worker in
        for row in block * sampleBlock..<min((block + 1) * sampleBlock, count) { body(row, worker, shape) }
      }
    }
  }
}

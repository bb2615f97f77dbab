import CKernels
import WhiskerCore

/// Max-pool with `size` x `size` windows. The gradient goes to the first maximum of a window.
final class MaxPool: Layer {
  private let channels: Int64
  private let height: Int64
  private let width: Int64
  private let size: Int64
  private let pool: ComputePool
  private let output: Activations
  private let inputGradient: Activations
  /// The argmax of each window.
  private let choices: Buffer<Int32>

  init(channels: Int, height: Int, width: Int, size: Int, capacity: Int, pool: ComputePool) {
    (self.channels, self.height, self.width) = (Int64(channels), Int64(height), Int64(width))
    (self.size, self.pool) = (Int64(size), pool)
    output = Activations(features: channels * (height / size) * (width / size), capacity: capacity)
    inputGradient = Activations(features: channels * height * width, capacity: capacity)
    choices = Buffer(count: blockCount(capacity) * output.blockStride)
  }

  func forward(_ input: Activations, count: Int, pass: Pass) -> Activations {
    pool.run(blockCount(count)) { block, _ in
      whisker_max_pool_forward(
        channels, height, width, size, input.block(block), output.block(block),
        choices.elements + block * output.blockStride)
    }
    return output
  }

  func backward(
    _ gradient: Activations, count: Int, needsInputGradient: Bool, step: FusedStep?
  ) -> Activations? {
    guard needsInputGradient else { return nil }
    pool.run(blockCount(count)) { block, _ in
      whisker_max_pool_backward(
        channels, height, width, size, gradient.block(block), choices.elements + block * output.blockStride,
        inputGradient.block(block))
    }
    return inputGradient
  }
}

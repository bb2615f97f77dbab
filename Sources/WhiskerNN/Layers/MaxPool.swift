import CKernels
import WhiskerTensor

/// The maximum over windows of `size` x `size`; its gradient goes to the first of the largest values.
final class MaxPool: Layer {
  private let channels: Int
  private let height: Int
  private let width: Int
  private let size: Int
  private let pool: ComputePool
  private let output: Tensor
  private let inputGradient: Tensor
  /// Where each maximum was found, within its channel.
  private var winners: [Int32]

  private var inputFeatures: Int { channels * height * width }
  private var outputFeatures: Int { channels * (height / size) * (width / size) }

  init(channels: Int, height: Int, width: Int, size: Int, capacity: Int, pool: ComputePool) {
    (self.channels, self.height, self.width, self.size) = (channels, height, width, size)
    self.pool = pool
    let features = channels * (height / size) * (width / size)
    output = Tensor(shape: [capacity, features])
    inputGradient = Tensor(shape: [capacity, channels * height * width])
    winners = [Int32](repeating: 0, count: capacity * features)
  }

  func forward(_ input: Tensor, count: Int, pass: Pass) -> Tensor {
    winners.withUnsafeMutableBufferPointer { winners in
      pool.run(count) { row, _ in
        whisker_max_pool_forward(
          Int64(channels), Int64(height), Int64(width), Int64(size), input.row(row, of: inputFeatures),
          output.row(row, of: outputFeatures), winners.baseAddress! + row * outputFeatures)
      }
    }
    return output
  }

  func backward(_ gradient: Tensor, count: Int, needsInputGradient: Bool) -> Tensor? {
    guard needsInputGradient else { return nil }
    winners.withUnsafeBufferPointer { winners in
      pool.run(count) { row, _ in
        whisker_max_pool_backward(
          Int64(channels), Int64(height), Int64(width), Int64(size), gradient.row(row, of: outputFeatures),
          winners.baseAddress! + row * outputFeatures, inputGradient.row(row, of: inputFeatures))
      }
    }
    return inputGradient
  }
}

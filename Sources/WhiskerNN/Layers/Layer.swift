import CKernels
import WhiskerTensor

/// One stage of a network: a layer, or a few fused into one.
///
/// Activations are `[count, features]`. A layer owns its output and the gradient of its input, which stay valid until
/// its next pass; it belongs to one thread and divides its work over a pool.
package protocol Layer: AnyObject {
  /// What is learned, weights before biases.
  var parameters: [Parameter] { get }

  /// Computes the output of the first `count` rows of `input`.
  func forward(_ input: Tensor, count: Int, pass: Pass) -> Tensor

  /// Computes the gradients by the parameters from the gradient by the output of the last forward pass, and returns
  /// the gradient by the input, or nil where that is not needed.
  func backward(_ gradient: Tensor, count: Int, needsInputGradient: Bool) -> Tensor?

  /// Fills the parameters with their initial values.
  func initialize(seed: UInt64)
}

extension Layer {
  package var parameters: [Parameter] { [] }
  package func initialize(seed: UInt64) {}
}

/// What a pass through the network is for.
public struct Pass: Sendable, Equatable {
  /// Whether dropout drops.
  public var isTraining: Bool
  /// The seed and the number of the training step: with the layer, row and element they decide the masks.
  public var seed: UInt64
  public var step: UInt32

  /// A pass that measures or predicts: nothing is dropped.
  public static let inference = Pass(isTraining: false, seed: 0, step: 0)

  /// A pass of training step `step`.
  public static func training(seed: UInt64, step: UInt32) -> Pass {
    Pass(isTraining: true, seed: seed, step: step)
  }
}

/// Samples are summed over blocks of this many, and the blocks in order, whatever the number of threads.
let sampleBlock = 8

/// The number of blocks that hold `count` samples.
func blockCount(_ count: Int) -> Int { (count + sampleBlock - 1) / sampleBlock }

extension ComputePool {
  /// Runs a matrix product over the pool.
  func multiply(_ product: whisker_gemm) {
    withUnsafePointer(to: product) { product in
      run(Int(whisker_gemm_panels(product))) { panel, _ in
        whisker_gemm_run(product, Int64(panel), Int64(panel + 1))
      }
    }
  }
}

extension Tensor {
  /// The row at `index` of a matrix with rows of `size` elements.
  func row(_ index: Int, of size: Int) -> UnsafeMutablePointer<Float> { elements + index * size }
}

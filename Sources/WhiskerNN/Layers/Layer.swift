import CKernels
import WhiskerTensor

/// One stage of a network: a layer, or a few fused into one.
///
/// A layer owns its output and the gradient of its input, which stay valid until its next pass; it belongs to one thread
/// and divides its work over a pool.
package protocol Layer: AnyObject {
  /// What is learned, weights before biases.
  var parameters: [Parameter] { get }

  /// The masks of what it drops in training; nil where it drops nothing.
  var dropout: DropoutMask? { get }

  /// Computes the output of the first `count` samples of `input`.
  func forward(_ input: Activations, count: Int, pass: Pass) -> Activations

  /// Computes the gradients by the parameters from the gradient by the output of the last forward pass, and returns
  /// the gradient by the input, or nil where that is not needed.
  /// - Parameter step: Updates the parameters at once; nil to leave the gradients in memory.
  func backward(_ gradient: Activations, count: Int, needsInputGradient: Bool, step: FusedStep?)
    -> Activations?

  /// Computes the gradients as the other `backward` does, leaves them in memory, and adds them up over all processes, each
  /// as soon as it is known.
  func backward(_ gradient: Activations, count: Int, needsInputGradient: Bool, adding sums: GradientSum)
    -> Activations?

  /// Fills the parameters with their initial values.
  func initialize(seed: UInt64)
}

extension Layer {
  package var parameters: [Parameter] { [] }
  package var dropout: DropoutMask? { nil }
  package func initialize(seed: UInt64) {}

  package func backward(
    _ gradient: Activations, count: Int, needsInputGradient: Bool, adding sums: GradientSum
  ) -> Activations? {
    let gradient = backward(gradient, count: count, needsInputGradient: needsInputGradient, step: nil)
    for parameter in parameters { sums.note(parameter) }
    return gradient
  }
}

/// What a pass through the network is for.
public struct Pass: Sendable, Equatable {
  /// Whether dropout drops.
  public var isTraining: Bool
  /// The seed and the number of the training step: with the layer, sample and feature they decide the masks.
  public var seed: UInt64
  /// The number of the training step.
  public var step: UInt32
  /// The number that the masks give the first sample.
  public var firstRow: UInt32 = 0
  /// Whether every sample has masks of its own, where those of one batch otherwise share some.
  public var isSampling = false

  /// A pass that measures or predicts: nothing is dropped.
  public static let inference = Pass(isTraining: false, seed: 0, step: 0)

  /// A pass of training step `step`.
  public static func training(seed: UInt64, step: UInt32) -> Pass {
    Pass(isTraining: true, seed: seed, step: step)
  }

  /// A pass that drops and does not train (Monte-Carlo dropout): the samples are copies of one picture, and get the masks
  /// number `first` and following of that `picture`, whatever else is predicted.
  public static func sampling(seed: UInt64, picture: UInt32, first: UInt32) -> Pass {
    Pass(isTraining: true, seed: seed, step: picture, firstRow: first, isSampling: true)
  }
}

/// Equal parts of some number of things, as tasks for threads. The last may be smaller.
struct Chunks {
  let count: Int
  let size: Int

  /// At most `parts` parts, of a multiple of `step` each; none of nothing.
  init(of count: Int, parts: Int, step: Int = 1) {
    let size = (count + parts - 1) / max(1, parts)
    self.count = count
    self.size = max(step, (size + step - 1) / step * step)
  }

  var number: Int { (count + size - 1) / size }

  subscript(index: Int) -> Range<Int> { index * size..<min((index + 1) * size, count) }
}

import CKernels
import WhiskerCore

/// A layer of a network, or several layers fused into one.
///
/// A layer returns activations that it owns, or, if it does not change them, those passed to it. They are valid until its next
/// pass. A layer is not thread-safe; it divides its work among the threads of a pool.
package protocol Layer: AnyObject {
  /// The learned parameters, weights before biases.
  var parameters: [Parameter] { get }

  /// The values that are kept with the parameters and are not learned by gradients.
  var buffers: [NetworkBuffer] { get }

  /// The dropout masks, in the order of the layers.
  var dropouts: [DropoutMask] { get }

  /// Computes the output for the first `count` samples of `input`.
  func forward(_ input: Activations, count: Int, pass: Pass) -> Activations

  /// Computes the gradients with respect to the parameters, and returns the gradient with respect to the input, or nil if it
  /// is not needed.
  /// - Parameter gradient: The gradient with respect to the output of the last forward pass.
  /// - Parameter step: Updates the parameters; nil to store the gradients instead.
  func backward(_ gradient: Activations, count: Int, needsInputGradient: Bool, step: FusedStep?)
    -> Activations?

  /// Computes and stores the gradients, and passes each to the all-reduce as soon as it is complete.
  func backward(
    _ gradient: Activations, count: Int, needsInputGradient: Bool, reducing allReduce: GradientAllReduce
  )
    -> Activations?

  /// Initializes the parameters.
  func initialize(seed: UInt64)

  /// Makes batch statistics span the batches of all processes.
  func synchronize(over communicator: any Communicator)
}

extension Layer {
  package var parameters: [Parameter] { [] }
  package var buffers: [NetworkBuffer] { [] }
  package var dropouts: [DropoutMask] { [] }
  package func synchronize(over communicator: any Communicator) {}
  package func initialize(seed: UInt64) {}

  package func backward(
    _ gradient: Activations, count: Int, needsInputGradient: Bool, reducing allReduce: GradientAllReduce
  ) -> Activations? {
    let gradient = backward(gradient, count: count, needsInputGradient: needsInputGradient, step: nil)
    for parameter in parameters where parameter.isTrainable { allReduce.note(parameter) }
    return gradient
  }
}

/// The options of a pass through the network.
public struct Pass: Sendable, Equatable {
  /// Whether dropout drops.
  public var drops: Bool
  /// Whether batch norm uses the statistics of the batch, and updates the running ones.
  public var usesBatchStatistics: Bool
  /// Whether a backward pass follows.
  public var wantsGradients: Bool
  /// The seed of the masks, which also depend on the step, layer, sample and feature.
  public var seed: UInt64
  /// The number of the training step.
  public var step: UInt32
  /// The row of the first sample, for the masks.
  public var firstRow: UInt32 = 0
  /// Whether the activations of the last pass are computed again: batch norm keeps the statistics of that pass.
  public var isRepeated = false
  /// Whether every sample has its own DropConnect mask. Otherwise the samples of a block share one.
  public var isSampling = false

  /// A pass for evaluation or prediction, without dropout.
  public static let inference = Pass(
    drops: false, usesBatchStatistics: false, wantsGradients: false, seed: 0, step: 0)

  /// A pass for training step `step`.
  public static func training(seed: UInt64, step: UInt32) -> Pass {
    Pass(drops: true, usesBatchStatistics: true, wantsGradients: true, seed: seed, step: step)
  }

  /// A pass for Monte-Carlo dropout. The samples are copies of one picture and use its masks number `first`, `first` + 1 and
  /// so on, which do not depend on other predictions.
  public static func sampling(seed: UInt64, picture: UInt32, first: UInt32) -> Pass {
    Pass(
      drops: true, usesBatchStatistics: false, wantsGradients: false, seed: seed, step: picture,
      firstRow: first,
      isSampling: true)
  }
}

import CKernels
import WhiskerTensor

/// Which values a dropout layer drops: a pure function of the seed, the step, the layer, the sample's row in the batch and
/// the feature.
package final class DropoutMask {
  /// The probability of dropping, which may change between two passes.
  package var rate: Double { didSet { threshold = Self.threshold(rate) } }
  private let layer: UInt32
  /// The rate in 1/65536.
  private var threshold: UInt32

  /// The masks of the layer at index `layer`.
  init(layer: Int, rate: Double) {
    (self.layer, self.rate) = (UInt32(layer), rate)
    threshold = Self.threshold(rate)
  }

  /// A rate just below 1 drops all but one in 65536: what is kept is divided by that share.
  private static func threshold(_ rate: Double) -> UInt32 { min(65535, UInt32((rate * 65536).rounded())) }

  /// Whether a pass drops anything.
  func drops(in pass: Pass) -> Bool { pass.isTraining && threshold > 0 }

  /// What the kept values are multiplied by.
  func scale(in pass: Pass) -> Float { drops(in: pass) ? 65536 / Float(65536 - threshold) : 1 }

  /// The mask of one block of samples.
  func dropout(_ pass: Pass, block: Int) -> whisker_dropout {
    whisker_dropout(
      seed: pass.seed, step: pass.step, layer: layer, row: pass.firstRow &+ UInt32(block * blockSize),
      threshold: drops(in: pass) ? threshold : 0)
  }

  /// The mask of the weights that those samples use who share one, told by the first of them.
  func dropout(_ pass: Pass, weightsFor sample: Int) -> whisker_dropout {
    // The counters number weights, so that the sample has to be part of the key.
    var keys = RandomStream(
      seed: pass.seed, purpose: .dropConnect, step: pass.step, index: pass.firstRow &+ UInt32(sample))
    return whisker_dropout(
      seed: keys.next(), step: pass.step, layer: layer, row: 0, threshold: drops(in: pass) ? threshold : 0)
  }
}

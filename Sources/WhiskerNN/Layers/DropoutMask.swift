import CKernels
import WhiskerCore

/// The masks of a dropout layer, a pure function of the seed, the step, the layer, the sample's row in the batch and the
/// feature.
package final class DropoutMask {
  /// The probability of dropping. It may change between passes.
  package var rate: Double { didSet { threshold = Self.threshold(rate) } }
  private let layer: UInt32
  /// The rate in 1/65536.
  private var threshold: UInt32

  /// - Parameter layer: The index of the layer.
  init(layer: Int, rate: Double) {
    (self.layer, self.rate) = (UInt32(layer), rate)
    threshold = Self.threshold(rate)
  }

  /// The rate in 1/65536. At least one in 65536 is kept, because kept values are divided by that probability.
  private static func threshold(_ rate: Double) -> UInt32 { min(65535, UInt32((rate * 65536).rounded())) }

  /// Whether a pass drops anything.
  func drops(in pass: Pass) -> Bool { pass.drops && threshold > 0 }

  /// The factor of kept values.
  func scale(in pass: Pass) -> Float { drops(in: pass) ? 65536 / Float(65536 - threshold) : 1 }

  /// The mask of one block of samples.
  func dropout(_ pass: Pass, block: Int) -> whisker_dropout {
    whisker_dropout(
      seed: pass.seed, step: pass.step, layer: layer, row: pass.firstRow &+ UInt32(block * blockSize),
      threshold: drops(in: pass) ? threshold : 0)
  }

  /// The mask of the weights for the samples that share it.
  /// - Parameter sample: The first of these samples.
  func dropout(_ pass: Pass, weightsFor sample: Int) -> whisker_dropout {
    // The counters enumerate weights, so the sample must be part of the key.
    var keys = RandomStream(
      seed: pass.seed, purpose: .dropConnect, step: pass.step, index: pass.firstRow &+ UInt32(sample))
    return whisker_dropout(
      seed: keys.next(), step: pass.step, layer: layer, row: 0, threshold: drops(in: pass) ? threshold : 0)
  }
}

import CKernels

/// Which values a dropout layer drops: a pure function of the seed, the step, the layer, the sample's row in the batch and
/// the feature.
struct DropoutMask {
  private let layer: UInt32
  /// The rate in 1/65536.
  private let threshold: UInt32

  /// The masks of the layer at index `layer`.
  init(layer: Int, rate: Double) {
    self.layer = UInt32(layer)
    // A rate just below 1 drops all but one in 65536: what is kept is divided by that share.
    threshold = min(65535, UInt32((rate * 65536).rounded()))
  }

  /// Nothing is dropped.
  static let none = DropoutMask(layer: 0, rate: 0)

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
}

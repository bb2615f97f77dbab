import CKernels

/// Dropout: in training, multiplies values by random factors of mean 1. The expected value is unchanged, so inference needs no
/// scaling. Backward multiplies the gradient by the same factors.
///
/// Inverted dropout (Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", JMLR 2014,
/// in the form that scales in training) zeroes a value with probability `rate`, and otherwise divides it by 1 - rate. Note
/// that it divides by the probability of keeping a value, not by that of dropping it.
///
/// As the first layer it drops pixels. Pixels are centred, so a dropped pixel is mid-gray, and the contrast of kept pixels
/// increases, as with the augmentation by dropout. A black background, as in MNIST, is therefore not zero and gets speckles
/// too, unlike in Srivastava et al., where pixels are in 0...1.
package final class Dropout: Layer {
  /// The kind of random factors.
  package enum Kind {
    /// Drops each value independently (Srivastava et al., "Dropout", JMLR 2014).
    case values
    /// Drops whole channels, of which there are the given number (Tompson et al., "Efficient Object Localization Using
    /// Convolutional Networks", CVPR 2015).
    case channels(Int)
    /// Multiplies each value by a normal number of mean 1 and variance rate / (1 - rate) (Srivastava et al., section 10).
    case gaussian
  }

  package var dropouts: [DropoutMask] { [mask] }

  private let kind: Kind
  private let mask: DropoutMask
  private let pool: ComputePool
  private let output: Activations
  private let inputGradient: Activations
  private var pass = Pass.inference

  package init(
    index: Int, rate: Double, _ kind: Kind = .values, features: Int, capacity: Int, pool: ComputePool
  ) {
    (self.kind, self.pool) = (kind, pool)
    mask = DropoutMask(layer: index, rate: rate)
    output = Activations(features: features, capacity: capacity)
    inputGradient = Activations(features: features, capacity: capacity)
  }

  package func forward(_ input: Activations, count: Int, pass: Pass) -> Activations {
    self.pass = pass
    guard mask.drops(in: pass) else { return input }
    apply(to: input, into: output, count: count)
    return output
  }

  package func backward(
    _ gradient: Activations, count: Int, needsInputGradient: Bool, step: FusedStep?
  ) -> Activations? {
    guard needsInputGradient else { return nil }
    guard mask.drops(in: pass) else { return gradient }
    apply(to: gradient, into: inputGradient, count: count)
    return inputGradient
  }

  private func apply(to source: Activations, into target: Activations, count: Int) {
    pool.run(blockCount(count)) { block, _ in
      var dropout = mask.dropout(pass, block: block)
      let (features, input, output) = (Int64(target.features), source.block(block), target.block(block))
      switch kind {
      case .values: whisker_dropout_block(&dropout, features, input, output)
      case .channels(let count):
        whisker_spatial_dropout_block(&dropout, Int64(count), features / Int64(count), input, output)
      case .gaussian: whisker_gaussian_dropout_block(&dropout, features, input, output)
      }
    }
  }
}

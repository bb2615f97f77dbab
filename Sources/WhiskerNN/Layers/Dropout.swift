import CKernels

/// Noise in training that multiplies what passes, of mean 1, so that inference needs no scaling. Backward multiplies by the
/// same.
///
/// As the first layer it drops from the picture itself, whose values are centred: 0 is middle gray, the middle between
/// black and white. A dropped pixel is thus neither, and tells the least; kept ones are stretched around middle gray, as
/// the dropout of `--augment` does it. Black is as much a value as white here: where it is the empty background, as in
/// MNIST, dropping speckles that too, which a picture from 0 to 1, as in Srivastava et al., would be spared.
///
/// Inverted dropout (Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", JMLR 2014,
/// in the form that divides in training): a value is zeroed with probability `rate`, and divided by the probability of
/// keeping it, 1 - rate, otherwise. The expected value is unchanged, so inference needs no scaling.
///
/// The tutorial that the presets come from writes s = sigma(z / prob), where prob is the rate of *dropping*. That is a
/// slip: it keeps the expected value only at 0.5, where dropping and keeping are equally likely, and at 0.25, the rate of
/// its own first dropout layer, it would make what is kept three times too large.
package final class Dropout: Layer {
  /// What is decided together.
  package enum Kind {
    /// Every value by itself: Srivastava et al., "Dropout", JMLR 2014.
    case values
    /// The values of each of so many channels: Tompson et al., "Efficient Object Localization Using Convolutional
    /// Networks", CVPR 2015.
    case channels(Int)
    /// Every value is multiplied by a normal number of mean 1 and variance rate / (1 - rate), as dropout's factors have
    /// it: Srivastava et al., section 10.
    case gaussian
  }

  package var dropout: DropoutMask? { mask }

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

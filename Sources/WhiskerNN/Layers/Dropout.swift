import CKernels

/// Inverted dropout (Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", JMLR 2014,
/// in the form that divides in training): a value is zeroed with probability `rate`, and divided by the probability of
/// keeping it, 1 - rate, otherwise. The expected value is unchanged, so inference needs no scaling.
///
/// The tutorial that the presets come from writes s = sigma(z / prob), where prob is the rate of *dropping*. That is a
/// slip: it keeps the expected value only at 0.5, where dropping and keeping are equally likely, and at 0.25, the rate of
/// its own first dropout layer, it would make what is kept three times too large.
package final class Dropout: Layer {
  package var dropout: DropoutMask? { mask }

  private let mask: DropoutMask
  private let pool: ComputePool
  private let output: Activations
  private let inputGradient: Activations
  private var pass = Pass.inference

  package init(index: Int, rate: Double, features: Int, capacity: Int, pool: ComputePool) {
    self.pool = pool
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
      whisker_dropout_block(&dropout, Int64(target.features), source.block(block), target.block(block))
    }
  }
}

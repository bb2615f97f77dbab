import CKernels
import WhiskerTensor

/// Inverted dropout (Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", JMLR 2014,
/// in the form that divides in training): a value is zeroed with probability `rate`, and divided by the probability of
/// keeping it, 1 - rate, otherwise. The expected value is unchanged, so inference needs no scaling.
///
/// The tutorial that the presets come from writes s = sigma(z / prob), where prob is the rate of *dropping*. That is a
/// slip: it keeps the expected value only at 0.5, where dropping and keeping are equally likely, and at 0.25, the rate of
/// its own first dropout layer, it would make what is kept three times too large.
package final class Dropout: Layer {
  private let threshold: UInt32
  private let layer: UInt32
  private let features: Int
  private let pool: ComputePool
  private let output: Tensor
  private let inputGradient: Tensor
  private var pass = Pass.inference

  package init(index: Int, rate: Double, features: Int, capacity: Int, pool: ComputePool) {
    (self.features, self.pool) = (features, pool)
    output = Tensor(shape: [capacity, features])
    inputGradient = Tensor(shape: [capacity, features])
    layer = UInt32(index)
    threshold = UInt32((rate * 65536).rounded())
  }

  package func forward(_ input: Tensor, count: Int, pass: Pass) -> Tensor {
    self.pass = pass
    guard drops else { return input }
    mask(input, into: output, count: count)
    return output
  }

  package func backward(_ gradient: Tensor, count: Int, needsInputGradient: Bool) -> Tensor? {
    guard needsInputGradient else { return nil }
    guard drops else { return gradient }
    mask(gradient, into: inputGradient, count: count)
    return inputGradient
  }

  private var drops: Bool { pass.isTraining && threshold > 0 }

  private func mask(_ source: Tensor, into target: Tensor, count: Int) {
    pool.run(blockCount(count)) { block, _ in
      for row in block * sampleBlock..<min((block + 1) * sampleBlock, count) {
        whisker_dropout(
          pass.seed, pass.step, layer, UInt32(row), threshold, Int64(features),
          source.row(row, of: features), target.row(row, of: features))
      }
    }
  }
}

import CKernels
import WhiskerCore

/// DropConnect (Wan, Zeiler, Zhang, LeCun & Fergus, "Regularization of Neural Networks using DropConnect", ICML 2013): a fully
/// connected layer that drops weights instead of values. A weight is zeroed with probability `rate`, and divided by
/// 1 - rate otherwise; biases stay.
///
/// The paper uses a separate mask for every sample, and finds one mask per batch too weak. A mask per sample needs a random
/// number for every weight and sample: in the default network 89 million per step, fifteen times the work of everything else.
/// Here the 16 samples of a block share a mask, so a batch of 128 has eight masks. In Monte-Carlo sampling every sample has
/// its own mask.
///
/// Inference uses the mean of the weights, which are the weights themselves, as with dropout. The paper instead approximates
/// the mean of the outputs by sampling from a normal distribution; Monte-Carlo sampling is the equivalent here.
package final class DropConnect: Layer {
  /// `[units, features]`
  package let weight: Parameter
  /// `[units]`
  package let bias: Parameter
  package var parameters: [Parameter] { [weight, bias] }
  package var dropouts: [DropoutMask] { [mask] }

  private let index: Int
  private let features: Int
  private let units: Int
  private let mask: DropoutMask
  private let pool: ComputePool
  private let output: Activations
  private let inputGradient: Activations
  private let workspaces: [Workspace]
  private var input: Activations?
  private var pass = Pass.inference

  /// The number of units in a forward task.
  private static let unitStep = 8
  /// The number of features in a backward task: a multiple of those that share a counter of the random generator.
  private static let chunkSize = 256

  /// The scratch memory of a worker.
  private struct Workspace {
    /// Factors and dropped weights of some units and all features.
    let rows: Tensor
    /// For all units and some features: the factors, the dropped weights, and the gradient with respect to the weights.
    let factors: Tensor
    let weights: Tensor
    let gradient: Tensor
    /// The block's input, `[16, features]`.
    let samples: Tensor
    let sums: Tensor

    init(units: Int, features: Int, width: Int) {
      rows = Tensor(shape: [2, unitStep, features])
      (factors, weights) = (Tensor(shape: [units, width]), Tensor(shape: [units, width]))
      (gradient, samples) = (Tensor(shape: [units, width]), Tensor(shape: [blockSize, width]))
      sums = Tensor(shape: [unitStep, blockSize])
    }
  }

  /// - Parameters:
  ///   - index: The number of the layer, on which its masks depend.
  ///   - weight: `[units, features]`
  ///   - bias: `[units]`
  package init(
    index: Int, weight: Parameter, bias: Parameter, rate: Double, capacity: Int, pool: ComputePool
  ) {
    (self.index, self.weight, self.bias, self.pool) = (index, weight, bias, pool)
    let (units, features) = (weight.value.shape[0], weight.value.shape[1])
    (self.units, self.features) = (units, features)
    mask = DropoutMask(layer: index, rate: rate)
    output = Activations(features: units, capacity: capacity)
    inputGradient = Activations(features: features, capacity: capacity)
    let width = min(Self.chunkSize, blockCount(features) * blockSize)
    workspaces = (0..<pool.threads).map { _ in Workspace(units: units, features: features, width: width) }
  }

  package func initialize(seed: UInt64) {
    weight.fillGlorotUniform(fanIn: features, fanOut: units, seed: seed, layer: index)
    bias.value.stored.clear()
  }

  package func forward(_ input: Activations, count: Int, pass: Pass) -> Activations {
    (self.input, self.pass) = (input, pass)
    let (blocks, groups) = (blockCount(count), Chunks(of: units, parts: units, step: Self.unitStep))
    pool.run(groups.number * blocks) { task, worker in
      let (group, block) = (groups[task / blocks], task % blocks)
      let out = output.block(block) + group.lowerBound * blockSize
      guard mask.drops(in: pass) else {
        return multiply(weight.value.elements + group.lowerBound * features, group, input.block(block), out)
      }
      guard pass.isSampling else {
        let dropped = drop(sample: block * blockSize, group, workspaces[worker])
        return multiply(dropped, group, input.block(block), out)
      }
      for lane in 0..<blockSize {
        let dropped = drop(sample: block * blockSize + lane, group, workspaces[worker])
        let sums = workspaces[worker].sums.elements
        multiply(dropped, group, input.block(block), sums)
        for unit in 0..<group.count { out[unit * blockSize + lane] = sums[unit * blockSize + lane] }
      }
    }
    return output
  }

  package func backward(
    _ gradient: Activations, count: Int, needsInputGradient: Bool, step: FusedStep?
  ) -> Activations? {
    guard let input else { preconditionFailure("backward follows forward") }
    let (blocks, step) = (blockCount(count), weight.isTrainable ? step : nil)
    whisker_dense_bias(Int64(units), Int64(blocks), gradient.elements, bias.gradient.elements)
    let chunks = Chunks(of: features, parts: features, step: Self.chunkSize)
    pool.run(chunks.number) { task, worker in
      let (chunk, workspace) = (chunks[task], workspaces[worker])
      workspace.gradient.clear()
      for block in 0..<blocks {
        let place = chunk.lowerBound * blockSize
        drop(block, chunk, workspace)
        if needsInputGradient {
          whisker_connect_input(
            Int64(units), Int64(chunk.count), Int64(workspace.weights.shape[1]), workspace.weights.elements,
            gradient.block(block), inputGradient.block(block) + place)
        }
        whisker_connect_weights(
          Int64(units), Int64(chunk.count), Int64(workspace.weights.shape[1]), workspace.factors.elements,
          gradient.block(block), input.block(block) + place, workspace.samples.elements,
          workspace.gradient.elements)
      }
      finish(chunk, workspace, step)
    }
    step?.apply(to: bias, 0..<units)
    return needsInputGradient ? inputGradient : nil
  }

  /// The dropped weights of some units and all features, for the samples that share the mask of `sample`.
  private func drop(sample: Int, _ units: Range<Int>, _ workspace: Workspace) -> UnsafePointer<Float> {
    var dropout = mask.dropout(pass, weightsFor: sample)
    let (factors, dropped) = (workspace.rows.elements, workspace.rows.elements + Self.unitStep * features)
    whisker_connect_drop(
      &dropout, Int64(units.lowerBound), Int64(units.count), 0, Int64(features), weight.value.elements,
      Int64(features), Int64(features), factors, dropped)
    return UnsafePointer(dropped)
  }

  /// Computes the factors and dropped weights of all units and some features, for a block.
  private func drop(_ block: Int, _ features: Range<Int>, _ workspace: Workspace) {
    var dropout = mask.dropout(pass, weightsFor: block * blockSize)
    whisker_connect_drop(
      &dropout, 0, Int64(units), Int64(features.lowerBound), Int64(features.count), weight.value.elements,
      Int64(self.features), Int64(workspace.weights.shape[1]), workspace.factors.elements,
      workspace.weights.elements)
  }

  private func multiply(
    _ weights: UnsafePointer<Float>, _ units: Range<Int>, _ input: UnsafePointer<Float>,
    _ output: UnsafeMutablePointer<Float>
  ) {
    whisker_connect_forward(
      Int64(units.count), Int64(features), Int64(features), weights, bias.value.elements + units.lowerBound,
      input, output)
  }

  /// Stores the gradient with respect to the weights of some features, and applies the step.
  private func finish(_ chunk: Range<Int>, _ workspace: Workspace, _ step: FusedStep?) {
    for unit in 0..<units {
      let place = unit * features + chunk.lowerBound
      (weight.gradient.elements + place).update(
        from: workspace.gradient.elements + unit * workspace.gradient.shape[1], count: chunk.count)
      step?.apply(to: weight, place..<place + chunk.count)
    }
  }
}

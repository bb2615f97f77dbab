import CKernels
import WhiskerTensor

/// DropConnect (Wan, Zeiler, Zhang, LeCun & Fergus, "Regularization of Neural Networks using DropConnect", ICML 2013): a fully
/// connected layer that drops weights instead of values. A weight is zeroed with probability `rate`, and divided by
/// 1 - rate otherwise; biases stay.
///
/// The paper drops other weights for every sample, and finds one mask for a whole batch too weak. That takes a random number
/// for every weight and sample: in the default network 89 million a step, fifteen times the work of everything else.
/// Here a mask is shared by the 16 samples of a block, so that it is drawn once for them, and a batch of 128 has eight.
/// Monte-Carlo sampling, where the passes are all that counts, does draw one for every pass.
///
/// Inference is by the mean of the weights, that is the weights themselves, as with dropout. The paper approximates the mean
/// of the outputs by sampling from a normal distribution instead; Monte-Carlo sampling comes to the same.
package final class DropConnect: Layer {
  /// `[units, features]`
  package let weight: Parameter
  /// `[units]`
  package let bias: Parameter
  package var parameters: [Parameter] { [weight, bias] }
  package var dropout: DropoutMask? { mask }

  private let index: Int
  private let features: Int
  private let units: Int
  private let mask: DropoutMask
  private let pool: ComputePool
  private let output: Activations
  private let inputGradient: Activations
  private let rooms: [Room]
  private var input: Activations?
  private var pass = Pass.inference

  /// Units that a forward task takes.
  private static let unitStep = 8
  /// Features that a backward task takes: a multiple of those that share a counter.
  private static let chunkSize = 256

  /// What a thread works in.
  private struct Room {
    /// Some units' weights for all features.
    let rows: Tensor
    /// For all units and some features: what weights are multiplied by, the weights then, and their gradients.
    let factors: Tensor
    let weights: Tensor
    let gradient: Tensor
    /// The block's samples, of each its features side by side.
    let samples: Tensor
    let sums: Tensor

    init(units: Int, features: Int, width: Int) {
      rows = Tensor(shape: [2, unitStep, features])
      (factors, weights) = (Tensor(shape: [units, width]), Tensor(shape: [units, width]))
      (gradient, samples) = (Tensor(shape: [units, width]), Tensor(shape: [blockSize, width]))
      sums = Tensor(shape: [unitStep, blockSize])
    }
  }

  package init(index: Int, features: Int, units: Int, rate: Double, capacity: Int, pool: ComputePool) {
    (self.index, self.features, self.units, self.pool) = (index, features, units, pool)
    weight = Parameter(name: "\(index).weight", shape: [units, features])
    bias = Parameter(name: "\(index).bias", shape: [units])
    mask = DropoutMask(layer: index, rate: rate)
    output = Activations(features: units, capacity: capacity)
    inputGradient = Activations(features: features, capacity: capacity)
    let width = min(Self.chunkSize, blockCount(features) * blockSize)
    rooms = (0..<pool.threads).map { _ in Room(units: units, features: features, width: width) }
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
        let dropped = drop(sample: block * blockSize, group, rooms[worker])
        return multiply(dropped, group, input.block(block), out)
      }
      for lane in 0..<blockSize {
        let dropped = drop(sample: block * blockSize + lane, group, rooms[worker])
        let sums = rooms[worker].sums.elements
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
    let blocks = blockCount(count)
    whisker_dense_bias(Int64(units), Int64(blocks), gradient.elements, bias.gradient.elements)
    let chunks = Chunks(of: features, parts: features, step: Self.chunkSize)
    pool.run(chunks.number) { task, worker in
      let (chunk, room) = (chunks[task], rooms[worker])
      room.gradient.clear()
      for block in 0..<blocks {
        let place = chunk.lowerBound * blockSize
        drop(block, chunk, room)
        if needsInputGradient {
          whisker_connect_input(
            Int64(units), Int64(chunk.count), Int64(room.weights.shape[1]), room.weights.elements,
            gradient.block(block), inputGradient.block(block) + place)
        }
        whisker_connect_weights(
          Int64(units), Int64(chunk.count), Int64(room.weights.shape[1]), room.factors.elements,
          gradient.block(block), input.block(block) + place, room.samples.elements, room.gradient.elements)
      }
      finish(chunk, room, step)
    }
    step?.apply(to: bias, 0..<units)
    return needsInputGradient ? inputGradient : nil
  }

  /// The weights of some units and all features, for those who share the mask of `sample`.
  private func drop(sample: Int, _ units: Range<Int>, _ room: Room) -> UnsafePointer<Float> {
    var dropout = mask.dropout(pass, weightsFor: sample)
    let (factors, dropped) = (room.rows.elements, room.rows.elements + Self.unitStep * features)
    whisker_connect_drop(
      &dropout, Int64(units.lowerBound), Int64(units.count), 0, Int64(features), weight.value.elements,
      Int64(features), Int64(features), factors, dropped)
    return UnsafePointer(dropped)
  }

  /// The weights of all units and some features, for a block.
  private func drop(_ block: Int, _ features: Range<Int>, _ room: Room) {
    var dropout = mask.dropout(pass, weightsFor: block * blockSize)
    whisker_connect_drop(
      &dropout, 0, Int64(units), Int64(features.lowerBound), Int64(features.count), weight.value.elements,
      Int64(self.features), Int64(room.weights.shape[1]), room.factors.elements, room.weights.elements)
  }

  private func multiply(
    _ weights: UnsafePointer<Float>, _ units: Range<Int>, _ input: UnsafePointer<Float>,
    _ output: UnsafeMutablePointer<Float>
  ) {
    whisker_connect_forward(
      Int64(units.count), Int64(features), Int64(features), weights, bias.value.elements + units.lowerBound,
      input, output)
  }

  /// Takes the gradients by the weights of some features to where they belong, and makes the step.
  private func finish(_ chunk: Range<Int>, _ room: Room, _ step: FusedStep?) {
    for unit in 0..<units {
      let place = unit * features + chunk.lowerBound
      (weight.gradient.elements + place).update(
        from: room.gradient.elements + unit * room.gradient.shape[1], count: chunk.count)
      step?.apply(to: weight, place..<place + chunk.count)
    }
  }
}

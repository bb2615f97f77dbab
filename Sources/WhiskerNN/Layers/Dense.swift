import CKernels
import WhiskerTensor

/// A fully connected layer: output = input · weightᵀ + bias.
final class Dense: Layer {
  /// `[units, features]`
  let weight: Parameter
  /// `[units]`
  let bias: Parameter
  var parameters: [Parameter] { [weight, bias] }

  private let index: Int
  private let shape: whisker_dense
  private let pool: ComputePool
  private let output: Activations
  private let inputGradient: Activations
  /// Forward sums over parts of the features, whatever the threads, and the parts in order.
  private let parts: Chunks
  private let partials: Tensor
  /// The terms of the gradient that are not zero, for each sample and for each unit.
  private let sampleTerms: Buffer<whisker_term>
  private let unitTerms: Buffer<whisker_term>
  private let sampleCounts: Buffer<Int32>
  private let unitCounts: Buffer<Int32>
  private let rooms: [Buffer<Float>]
  /// Features that backward takes at a time.
  private let chunks: Chunks
  private var input: Activations?

  /// The most parts that forward's sums are divided into.
  private static let partLimit = 8
  /// Features below which a part is not worth its sums.
  private static let partMinimum = 512
  private static let chunkSize = 128
  /// The most stretches of the weights whose gradients are told of.
  private static let stretchLimit = 8

  private var features: Int { Int(shape.features) }
  private var units: Int { Int(shape.units) }

  init(index: Int, features: Int, units: Int, capacity: Int, pool: ComputePool) {
    (self.index, self.pool) = (index, pool)
    shape = whisker_dense(features: Int64(features), units: Int64(units))
    weight = Parameter(
      name: "\(index).weight", shape: [units, features], layout: .panels)
    bias = Parameter(name: "\(index).bias", shape: [units])
    output = Activations(features: units, capacity: capacity)
    inputGradient = Activations(features: features, capacity: capacity)
    parts = Chunks(
      of: features, parts: max(1, min(Self.partLimit, features / Self.partMinimum)), step: blockSize)
    chunks = Chunks(
      of: features, parts: (features + Self.chunkSize - 1) / Self.chunkSize, step: blockSize)
    partials = Tensor(shape: [parts.number, blockCount(capacity), units, blockSize])
    let samples = blockCount(capacity) * blockSize
    (sampleTerms, sampleCounts) = (Buffer(count: samples * units), Buffer(count: samples))
    (unitTerms, unitCounts) = (Buffer(count: blockCount(units) * blockSize * samples), Buffer(count: units))
    let room = Int(whisker_dense_room(Int64(blockCount(capacity))))
    rooms = (0..<pool.threads).map { _ in Buffer(count: room) }
  }

  func initialize(seed: UInt64) {
    weight.fillGlorotUniform(fanIn: features, fanOut: units, seed: seed, layer: index)
    bias.value.stored.clear()
  }

  func forward(_ input: Activations, count: Int, pass: Pass) -> Activations {
    self.input = input
    let blocks = blockCount(count)
    let partStride = blocks * output.blockStride
    // Parts of the batch change no sum, so there are as many as keep the threads busy.
    let groups = Chunks(of: blocks, parts: 2 * pool.threads / parts.number, step: blocksAtOnce)
    withUnsafePointer(to: shape) { shape in
      pool.run(parts.number * groups.number) { task, _ in
        let (features, group) = (parts[task / groups.number], groups[task % groups.number])
        whisker_dense_forward(
          shape, Int64(features.lowerBound), Int64(features.upperBound), Int64(group.count),
          weight.value.elements, input.block(group.lowerBound),
          partials.elements + task / groups.number * partStride + group.lowerBound * output.blockStride, 0)
      }
    }
    for block in 0..<blocks {
      whisker_dense_sum(
        shape.units, Int64(parts.number), Int64(partStride),
        partials.elements + block * output.blockStride, bias.value.elements, output.block(block))
    }
    return output
  }

  func backward(
    _ gradient: Activations, count: Int, needsInputGradient: Bool, step: FusedStep?
  ) -> Activations? {
    let blocks = blockCount(count)
    beginBackward(gradient, blocks)
    pool.run(chunks.number) { task, worker in
      // The weights are those of the forward pass until this is done.
      if needsInputGradient { computeInputGradient(chunks[task], blocks) }
      computeWeightGradient(chunks[task], blocks, step, worker)
    }
    step?.apply(to: bias, 0..<units)
    return needsInputGradient ? inputGradient : nil
  }

  /// The gradient by the weights comes first, a stretch at a time, so that it is on its way while that by the input is
  /// computed.
  func backward(
    _ gradient: Activations, count: Int, needsInputGradient: Bool, adding sums: GradientSum
  ) -> Activations? {
    let blocks = blockCount(count)
    beginBackward(gradient, blocks)
    sums.note(bias)
    let stretches = Chunks(of: chunks.number, parts: Self.stretchLimit, step: pool.threads)
    for stretch in (0..<stretches.number).map({ stretches[$0] }) {
      pool.run(stretch.count) { task, worker in
        computeWeightGradient(chunks[stretch.lowerBound + task], blocks, nil, worker)
      }
      sums.note(weight, first: blockCount(chunks[stretch.upperBound - 1].upperBound) * blockSize * units)
    }
    guard needsInputGradient else { return nil }
    pool.run(chunks.number) { task, _ in computeInputGradient(chunks[task], blocks) }
    return inputGradient
  }

  private func beginBackward(_ gradient: Activations, _ blocks: Int) {
    listTerms(of: gradient, blocks: blocks)
    whisker_dense_bias(shape.units, Int64(blocks), gradient.elements, bias.gradient.elements)
  }

  private func computeInputGradient(_ features: Range<Int>, _ blocks: Int) {
    withUnsafePointer(to: shape) { shape in
      whisker_dense_backward(
        shape, Int64(features.lowerBound), Int64(features.upperBound), Int64(blocks), weight.value.elements,
        sampleTerms.elements, sampleCounts.elements,
        inputGradient.elements + features.lowerBound * blockSize, Int64(inputGradient.blockStride))
    }
  }

  private func computeWeightGradient(
    _ features: Range<Int>, _ blocks: Int, _ step: FusedStep?, _ worker: Int
  ) {
    guard let input else { preconditionFailure("backward follows forward") }
    var adam = step?.state(of: weight) ?? whisker_adam()
    withUnsafePointer(to: shape) { shape in
      withUnsafePointer(to: &adam) { adam in
        whisker_dense_weights(
          shape, Int64(features.lowerBound), Int64(features.upperBound), Int64(blocks), input.elements,
          unitTerms.elements, unitCounts.elements, weight.gradient.elements, step == nil ? nil : adam,
          rooms[worker].elements)
      }
    }
  }

  /// Finds the terms of the sums that backward takes.
  private func listTerms(of gradient: Activations, blocks: Int) {
    let (units, panels) = (units, blockCount(units))
    pool.run(blocks + panels) { task, _ in
      guard task < blocks else {
        let first = (task - blocks) * blockSize
        return whisker_dense_unit_terms(
          shape.units, Int64(first), Int64(min(first + blockSize, units)), Int64(blocks), gradient.elements,
          unitTerms.elements + first * blocks * blockSize, unitCounts.elements + first)
      }
      whisker_dense_sample_terms(
        shape.units, gradient.block(task), sampleTerms.elements + task * blockSize * units,
        sampleCounts.elements + task * blockSize)
    }
  }
}

/// The blocks that products compute together.
let blocksAtOnce = 3

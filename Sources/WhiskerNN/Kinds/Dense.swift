import CKernels
import WhiskerCore

/// A fully connected layer: output = input · weightᵀ + bias.
final class Dense: Layer {
  /// `[units, features]`
  let weight: Parameter
  /// `[units]`
  let bias: Parameter
  var parameters: [Parameter] { hasBias ? [weight, bias] : [weight] }

  private let hasBias: Bool

  private let index: Int
  private let shape: whisker_dense
  private let pool: ComputePool
  private let output: Activations
  private let inputGradient: Activations
  /// The ranges of features whose partial sums forward computes in parallel. They do not depend on the number of threads.
  private let parts: Chunks
  private let partials: Tensor
  /// The nonzeros of the gradient, by sample and by unit.
  private let sampleNonzeros: Buffer<whisker_nonzero>
  private let unitNonzeros: Buffer<whisker_nonzero>
  private let sampleCounts: Buffer<Int32>
  private let unitCounts: Buffer<Int32>
  private let workspaces: [Buffer<Float>]
  /// The ranges of features of backward's tasks.
  private let chunks: Chunks
  private var input: Activations?

  /// The maximum number of parts.
  private static let partLimit = 8
  /// The minimum number of features in a part.
  private static let partMinimum = 512
  private static let chunkSize = 128
  /// The maximum number of groups of chunks after which gradients are passed to the all-reduce.
  private static let groupLimit = 8

  private var features: Int { Int(shape.features) }
  private var units: Int { Int(shape.units) }

  init(_ kind: DenseKind, _ place: LayerPlace) {
    let (features, units, capacity) = (place.input.count, place.output.count, place.capacity)
    (index, pool, hasBias) = (place.number, place.pool, kind.hasBias)
    shape = whisker_dense(features: Int64(features), units: Int64(units))
    weight = place.parameter("weight", shape: [units, features], layout: .panels)
    bias = place.parameter("bias", shape: [units])
    output = Activations(features: units, capacity: capacity)
    inputGradient = Activations(features: features, capacity: capacity)
    parts = Chunks(
      of: features, parts: max(1, min(Self.partLimit, features / Self.partMinimum)), step: blockSize)
    chunks = Chunks(
      of: features, parts: (features + Self.chunkSize - 1) / Self.chunkSize, step: blockSize)
    partials = Tensor(shape: [parts.number, blockCount(capacity), units, blockSize])
    let samples = blockCount(capacity) * blockSize
    (sampleNonzeros, sampleCounts) = (Buffer(count: samples * units), Buffer(count: samples))
    (unitNonzeros, unitCounts) = (
      Buffer(count: blockCount(units) * blockSize * samples), Buffer(count: units)
    )
    let workspace = Int(whisker_dense_workspace(Int64(blockCount(capacity))))
    workspaces = (0..<pool.threads).map { _ in Buffer(count: workspace) }
  }

  func initialize(seed: UInt64) {
    weight.fillGlorotUniform(fanIn: features, fanOut: units, seed: seed, layer: index)
    bias.value.stored.clear()
  }

  func forward(_ input: Activations, count: Int, pass: Pass) -> Activations {
    self.input = input
    let blocks = blockCount(count)
    let partStride = blocks * output.blockStride
    // Dividing the batch does not change any sum, so the number of groups may depend on the number of threads.
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
    guard weight.isTrainable else { return needsInputGradient ? computeInputGradient(blocks) : nil }
    pool.run(chunks.number) { task, worker in
      // The gradient of the input needs the weights of the forward pass, so it comes before the step.
      if needsInputGradient { computeInputGradient(chunks[task], blocks) }
      computeWeightGradient(chunks[task], blocks, step, worker)
    }
    if hasBias { step?.apply(to: bias, 0..<units) }
    return needsInputGradient ? inputGradient : nil
  }

  /// Computes the gradient with respect to the weights first, in several groups, so that its all-reduce overlaps with the
  /// computation of the gradient with respect to the input.
  func backward(
    _ gradient: Activations, count: Int, needsInputGradient: Bool, reducing allReduce: GradientAllReduce
  ) -> Activations? {
    let blocks = blockCount(count)
    beginBackward(gradient, blocks)
    guard weight.isTrainable else { return needsInputGradient ? computeInputGradient(blocks) : nil }
    if hasBias { allReduce.note(bias) }
    let groups = Chunks(of: chunks.number, parts: Self.groupLimit, step: pool.threads)
    for group in (0..<groups.number).map({ groups[$0] }) {
      pool.run(group.count) { task, worker in
        computeWeightGradient(chunks[group.lowerBound + task], blocks, nil, worker)
      }
      allReduce.note(weight, first: blockCount(chunks[group.upperBound - 1].upperBound) * blockSize * units)
    }
    return needsInputGradient ? computeInputGradient(blocks) : nil
  }

  private func computeInputGradient(_ blocks: Int) -> Activations {
    pool.run(chunks.number) { task, _ in computeInputGradient(chunks[task], blocks) }
    return inputGradient
  }

  private func beginBackward(_ gradient: Activations, _ blocks: Int) {
    listNonzeros(of: gradient, blocks: blocks)
    whisker_dense_bias(shape.units, Int64(blocks), gradient.elements, bias.gradient.elements)
  }

  private func computeInputGradient(_ features: Range<Int>, _ blocks: Int) {
    withUnsafePointer(to: shape) { shape in
      whisker_dense_backward(
        shape, Int64(features.lowerBound), Int64(features.upperBound), Int64(blocks), weight.value.elements,
        sampleNonzeros.elements, sampleCounts.elements,
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
          unitNonzeros.elements, unitCounts.elements, weight.gradient.elements, step == nil ? nil : adam,
          workspaces[worker].elements)
      }
    }
  }

  /// Lists the nonzeros of the gradient by sample and by unit.
  private func listNonzeros(of gradient: Activations, blocks: Int) {
    let (units, panels) = (units, blockCount(units))
    pool.run(blocks + panels) { task, _ in
      guard task < blocks else {
        let first = (task - blocks) * blockSize
        return whisker_dense_unit_nonzeros(
          shape.units, Int64(first), Int64(min(first + blockSize, units)), Int64(blocks), gradient.elements,
          unitNonzeros.elements + first * blocks * blockSize, unitCounts.elements + first)
      }
      whisker_dense_sample_nonzeros(
        shape.units, gradient.block(task), sampleNonzeros.elements + task * blockSize * units,
        sampleCounts.elements + task * blockSize)
    }
  }
}

/// The number of blocks that a forward task multiplies together.
let blocksAtOnce = 3

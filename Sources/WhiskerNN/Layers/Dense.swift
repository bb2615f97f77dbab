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
  private let rows: Tensor
  private var input: Activations?

  /// The most parts that forward's sums are divided into.
  private static let partLimit = 8
  /// Features below which a part is not worth its sums.
  private static let partMinimum = 512
  /// Features that backward takes at a time.
  private static let chunkSize = 96

  private var features: Int { Int(shape.features) }
  private var units: Int { Int(shape.units) }

  init(index: Int, features: Int, units: Int, capacity: Int, pool: ComputePool) {
    (self.index, self.pool) = (index, pool)
    shape = whisker_dense(features: Int64(features), units: Int64(units))
    let row = Int(whisker_dense_row(shape.units))
    weight = Parameter(
      name: "\(index).weight", shape: [units, features], layout: .panels)
    bias = Parameter(name: "\(index).bias", shape: [units])
    output = Activations(features: units, capacity: capacity)
    inputGradient = Activations(features: features, capacity: capacity)
    parts = Chunks(of: features, parts: max(1, min(Self.partLimit, features / Self.partMinimum)))
    partials = Tensor(shape: [parts.number, blockCount(capacity), units, blockSize])
    rows = Tensor(shape: [row, blockCount(capacity), blockSize])
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
    guard let input else { preconditionFailure("backward follows forward") }
    let blocks = Int64(blockCount(count))
    whisker_dense_rows(shape.units, blocks, gradient.elements, rows.elements)
    whisker_dense_bias(shape.units, blocks, gradient.elements, bias.gradient.elements)
    let chunks = Chunks(of: features, parts: (features + Self.chunkSize - 1) / Self.chunkSize)
    withUnsafePointer(to: shape) { shape in
      pool.run(chunks.number) { task, _ in
        let (first, end) = (Int64(chunks[task].lowerBound), Int64(chunks[task].upperBound))
        // The weights are those of the forward pass until this is done.
        if needsInputGradient {
          whisker_dense_backward(
            shape, first, end, blocks, weight.value.elements, gradient.elements,
            inputGradient.elements + Int(first) * blockSize, Int64(inputGradient.blockStride))
        }
        if let step {
          var adam = step.state(of: weight)
          whisker_dense_weights(shape, first, end, blocks, input.elements, rows.elements, nil, &adam)
        } else {
          whisker_dense_weights(
            shape, first, end, blocks, input.elements, rows.elements, weight.gradient.elements, nil)
        }
      }
    }
    step?.apply(to: bias, 0..<units)
    return needsInputGradient ? inputGradient : nil
  }
}

/// The blocks that products compute together.
let blocksAtOnce = 3

import CKernels
import WhiskerTensor

/// Backward through convolution, ReLU and pool for inputs of many channels: one winner at a time instead of one position,
/// of which there are four times as many and more.
final class ConvolutionWinners {
  private let filters: ConvolutionFilters
  private let pool: ComputePool
  /// Each part's sums `[parts, ...]` of the gradients by the weights and biases.
  private let sums: Tensor
  /// The weights with the channels of a tap side by side, `[filters, 9, row]`.
  private let weightRows: Tensor
  private let rooms: [Room]

  /// What a thread works in.
  private struct Room {
    /// A block's input, or the gradient by it, with the channels of a pixel side by side `[16, height, width, row]`.
    let pixels: Tensor
    /// `[filters, 16, pooled]`, of which as many hold as are counted.
    let winners: Buffer<whisker_winner>
    /// `[filters, 16]`
    let counts: Buffer<Int32>
  }

  /// Channels from which rows of them are worth the way there and back.
  private static let channelMinimum = 8
  /// Filters that one task takes.
  private static let filterStep = 8
  /// The most parts of a batch that have sums of their own, whatever the threads.
  private static let partLimit = 32

  /// Whether there are kernels for this convolution, and they are worth it.
  static func suit(_ filters: ConvolutionFilters) -> Bool {
    filters.shape.kernel == 3 && filters.channels >= channelMinimum
  }

  init(_ filters: ConvolutionFilters, capacity: Int, pool: ComputePool) {
    (self.filters, self.pool) = (filters, pool)
    var shape = filters.shape
    let row = Int(whisker_conv_channel_row(shape.channels))
    sums = Tensor(shape: [min(Self.partLimit, blockCount(capacity)), Int(whisker_conv_sums(&shape))])
    weightRows = Tensor(shape: [filters.filters, 9, row])
    rooms = (0..<pool.threads).map { _ in
      Room(
        pixels: Tensor(shape: [blockSize, Int(shape.height * shape.width), row]),
        winners: Buffer(
          count: filters.filters * blockSize * (filters.outHeight / 2) * (filters.outWidth / 2)),
        counts: Buffer(count: filters.filters * blockSize))
    }
  }

  private var groups: Chunks { Chunks(of: filters.filters, parts: filters.filters, step: Self.filterStep) }

  /// Computes the gradients by the weights and biases, and by the input where that is wanted, block by block.
  func backward(
    _ gradient: Activations, scale: Float, choices: Buffer<UInt8>, input: Activations,
    into inputGradient: Activations?, blocks: Int, step: FusedStep?
  ) {
    if inputGradient != nil { turnWeights() }
    let parts = Chunks(of: blocks, parts: Self.partLimit)
    pool.run(parts.number) { part, worker in
      let (sums, room) = (sums.elements + part * sums.shape[1], rooms[worker])
      sums.update(repeating: 0, count: self.sums.shape[1])
      for block in parts[part] {
        list(choices.elements + block * gradient.blockStride, gradient.block(block), scale, room)
        sum(input.block(block), room, into: sums)
        if let inputGradient { spread(room, into: inputGradient.block(block)) }
      }
    }
    finish(parts.number, step)
  }

  private func turnWeights() {
    withUnsafePointer(to: filters.shape) { shape in
      pool.run(groups.number) { task, _ in
        let group = groups[task]
        whisker_conv_weight_rows(
          shape, Int64(group.lowerBound), Int64(group.upperBound), filters.weight.value.elements,
          weightRows.elements)
      }
    }
  }

  /// Lists the winners of a block.
  private func list(
    _ choices: UnsafePointer<UInt8>, _ gradient: UnsafePointer<Float>, _ scale: Float, _ room: Room
  ) {
    withUnsafePointer(to: filters.shape) {
      whisker_conv_winners($0, choices, gradient, scale, room.winners.elements, room.counts.elements)
    }
  }

  /// Adds a block's gradients by the weights and biases.
  private func sum(_ input: UnsafePointer<Float>, _ room: Room, into sums: UnsafeMutablePointer<Float>) {
    withUnsafePointer(to: filters.shape) { shape in
      whisker_conv_pixels(shape, input, room.pixels.elements)
      whisker_conv_winner_weights(
        shape, room.pixels.elements, room.winners.elements, room.counts.elements, sums)
    }
  }

  /// Spreads a block's gradients over its input.
  private func spread(_ room: Room, into inputGradient: UnsafeMutablePointer<Float>) {
    withUnsafePointer(to: filters.shape) {
      whisker_conv_winner_input(
        $0, weightRows.elements, room.winners.elements, room.counts.elements, room.pixels.elements,
        inputGradient)
    }
  }

  /// Adds up the parts, and makes the step.
  private func finish(_ parts: Int, _ step: FusedStep?) {
    withUnsafePointer(to: filters.shape) { shape in
      pool.run(groups.number) { task, _ in
        let group = groups[task]
        whisker_conv_winner_sum(
          shape, Int64(group.lowerBound), Int64(group.upperBound), Int64(parts), sums.elements,
          filters.weight.gradient.elements, filters.bias.gradient.elements)
        filters.apply(step, to: group)
      }
    }
  }
}

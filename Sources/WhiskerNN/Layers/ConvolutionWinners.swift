import CKernels
import WhiskerTensor

/// Backward through convolution, ReLU and pool for inputs of many channels: one winner at a time instead of one position,
/// of which there are four times as many and more.
final class ConvolutionWinners {
  private let filters: ConvolutionFilters
  private let pool: ComputePool
  private let pooled: Int
  private let row: Int
  /// The input with the channels of a pixel side by side, `[blocks, 16, height, width, row]`.
  private let pixels: Tensor
  private let pixelStride: Int
  /// `[blocks, filters, 16, pooled]`, of which as many hold as are counted.
  private let winners: Buffer<whisker_winner>
  /// `[blocks, filters, 16]`
  private let counts: Buffer<Int32>
  private let weightRows: Tensor
  private let sums: [Tensor]
  private let scratch: [Tensor]

  /// Channels from which rows of them are worth the way there and back.
  private static let channelMinimum = 8
  /// Filters that one task takes.
  private static let filterStep = 8

  /// Whether there are kernels for this convolution, and they are worth it.
  static func suit(_ filters: ConvolutionFilters) -> Bool {
    filters.shape.kernel == 3 && filters.channels >= channelMinimum
  }

  init(_ filters: ConvolutionFilters, capacity: Int, pool: ComputePool) {
    (self.filters, self.pool) = (filters, pool)
    pooled = (filters.outHeight / 2) * (filters.outWidth / 2)
    row = Int(whisker_conv_channel_row(filters.shape.channels))
    pixelStride = blockSize * Int(filters.shape.height * filters.shape.width) * row
    let lists = blockCount(capacity) * filters.filters * blockSize
    pixels = Tensor(shape: [blockCount(capacity), pixelStride])
    winners = Buffer(count: lists * pooled)
    counts = Buffer(count: lists)
    weightRows = Tensor(shape: [filters.filters, 9, row])
    let (stride, width) = (pixelStride, row)
    sums = (0..<pool.threads).map { _ in Tensor(shape: [Self.filterStep, 9, width]) }
    scratch = (0..<pool.threads).map { _ in Tensor(shape: [stride]) }
  }

  private var groups: Chunks { Chunks(of: filters.filters, parts: filters.filters, step: Self.filterStep) }

  /// Lists the winners of every block, and spreads their gradients over the input's.
  func spread(
    _ gradient: Activations, scale: Float, choices: Buffer<UInt8>, input: Activations,
    into inputGradient: Activations?, blocks: Int
  ) {
    withUnsafePointer(to: filters.shape) { shape in
      if inputGradient != nil {
        pool.run(groups.number) { task, _ in
          let group = groups[task]
          whisker_conv_weight_rows(
            shape, Int64(group.lowerBound), Int64(group.upperBound), filters.weight.value.elements,
            weightRows.elements)
        }
      }
      pool.run(blocks) { block, worker in
        let list = block * filters.filters * blockSize
        whisker_conv_pixels(shape, input.block(block), pixels.elements + block * pixelStride)
        whisker_conv_winners(
          shape, choices.elements + block * gradient.blockStride, gradient.block(block), scale,
          winners.elements + list * pooled, counts.elements + list)
        guard let inputGradient else { return }
        whisker_conv_winner_input(
          shape, weightRows.elements, winners.elements + list * pooled, counts.elements + list,
          scratch[worker].elements, inputGradient.block(block))
      }
    }
  }

  /// Sums the gradients by the weights and biases over the winners that `spread` listed.
  func sum(blocks: Int, _ step: FusedStep?) {
    withUnsafePointer(to: filters.shape) { shape in
      pool.run(groups.number) { task, worker in
        let group = groups[task]
        whisker_conv_winner_weights(
          shape, Int64(group.lowerBound), Int64(group.upperBound), Int64(blocks), pixels.elements,
          winners.elements, counts.elements, filters.weight.gradient.elements,
          filters.bias.gradient.elements, sums[worker].elements)
        filters.apply(step, to: group)
      }
    }
  }
}

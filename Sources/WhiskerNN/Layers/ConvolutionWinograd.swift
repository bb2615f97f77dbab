import CKernels
import WhiskerTensor

/// Forward through convolution, ReLU, pool and dropout for inputs of many channels, by Winograd's products, a quarter
/// to a fifth as many.
final class ConvolutionWinograd {
  private let filters: ConvolutionFilters
  private let pool: ComputePool
  /// The transformed weights `[places, filters, channels]`.
  private let weights: Tensor
  /// What a thread works in.
  private let rooms: [Buffer<Float>]

  /// Channels and filters from which fewer products are worth the transformations.
  private static let channelMinimum = 16
  private static let filterMinimum = 24
  /// Filters that one task takes a multiple of.
  private static let filterStep = 8

  /// Whether there are kernels for this convolution, and they are worth it.
  static func suit(_ filters: ConvolutionFilters) -> Bool {
    filters.shape.kernel == 3 && filters.channels >= channelMinimum && filters.filters >= filterMinimum
      && tile(filters) > 0
  }

  /// The side of the tiles of outputs, 0 where the map is too small for any.
  private static func tile(_ filters: ConvolutionFilters) -> Int {
    var shape = filters.shape
    return Int(whisker_conv_winograd_tile(&shape))
  }

  init(_ filters: ConvolutionFilters, pool: ComputePool) {
    (self.filters, self.pool) = (filters, pool)
    let side = Self.tile(filters) + 2
    weights = Tensor(shape: [side * side, filters.filters, filters.channels])
    var shape = filters.shape
    let room = Int(whisker_conv_winograd_room(&shape))
    rooms = (0..<pool.threads).map { _ in Buffer(count: room) }
  }

  /// Computes the pooled output of `blocks` blocks, and which position won each pool where that is wanted.
  func forward(
    _ input: Activations, mask: DropoutMask, pass: Pass, blocks: Int, output: Activations,
    choices: Buffer<UInt8>?
  ) {
    guard blocks > 0 else { return }
    transformWeights()
    // Every group of filters transforms the patches anew, so there are more only where threads would idle.
    let groups = Chunks(
      of: filters.filters, parts: (pool.threads + blocks - 1) / blocks, step: Self.filterStep)
    withUnsafePointer(to: filters.shape) { shape in
      pool.run(groups.number * blocks) { task, worker in
        let (group, block) = (groups[task / blocks], task % blocks)
        var dropout = mask.dropout(pass, block: block)
        whisker_conv_pool_winograd(
          shape, Int64(group.lowerBound), Int64(group.upperBound), weights.elements,
          filters.bias.value.elements, input.block(block), &dropout, output.block(block),
          choices.map { $0.elements + block * output.blockStride }, rooms[worker].elements)
      }
    }
  }

  private func transformWeights() {
    let groups = Chunks(of: filters.filters, parts: filters.filters, step: Self.filterStep)
    withUnsafePointer(to: filters.shape) { shape in
      pool.run(groups.number) { task, _ in
        whisker_conv_winograd_weights(
          shape, Int64(groups[task].lowerBound), Int64(groups[task].upperBound),
          filters.weight.value.elements, weights.elements)
      }
    }
  }
}

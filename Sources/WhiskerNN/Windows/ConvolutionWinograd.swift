import CKernels
import WhiskerCore

/// Forward of the fused convolution, ReLU, pool and dropout for many channels, by Winograd's algorithm, which needs four to
/// five times fewer products.
final class ConvolutionWinograd {
  private let filters: ConvolutionFilters
  private let pool: ComputePool
  /// The transformed weights `[places, filters, channels]`.
  private let weights: Tensor
  private let workspaces: [Buffer<Float>]

  /// The numbers of channels and filters from which the transformations pay off.
  private static let channelMinimum = 16
  private static let filterMinimum = 24
  /// The number of filters in a task is a multiple of this.
  private static let filterStep = 8

  /// Whether the kernels support this convolution and are faster.
  static func suit(_ filters: ConvolutionFilters) -> Bool {
    filters.shape.kernel == 3 && filters.channels >= channelMinimum && filters.filters >= filterMinimum
      && tile(filters) > 0
  }

  /// The side of an output tile; 0 if the map is too small.
  private static func tile(_ filters: ConvolutionFilters) -> Int {
    var shape = filters.shape
    return Int(whisker_conv_winograd_tile(&shape))
  }

  init(_ filters: ConvolutionFilters, pool: ComputePool) {
    (self.filters, self.pool) = (filters, pool)
    let side = Self.tile(filters) + 2
    weights = Tensor(shape: [side * side, filters.filters, filters.channels])
    var shape = filters.shape
    let workspace = Int(whisker_conv_winograd_workspace(&shape))
    workspaces = (0..<pool.threads).map { _ in Buffer(count: workspace) }
  }

  /// Computes the pooled output of `blocks` blocks, and the argmaxes if `choices` is not nil.
  func forward(
    _ input: Activations, mask: DropoutMask, pass: Pass, blocks: Int, output: Activations,
    choices: Buffer<UInt8>?
  ) {
    guard blocks > 0 else { return }
    transformWeights()
    // Every group of filters transforms the patches again, so there are no more groups than needed to use all threads.
    let groups = Chunks(
      of: filters.filters, parts: (pool.threads + blocks - 1) / blocks, step: Self.filterStep)
    withUnsafePointer(to: filters.shape) { shape in
      pool.run(groups.number * blocks) { task, worker in
        let (group, block) = (groups[task / blocks], task % blocks)
        var dropout = mask.dropout(pass, block: block)
        whisker_conv_pool_winograd(
          shape, Int64(group.lowerBound), Int64(group.upperBound), weights.elements,
          filters.bias.value.elements, input.block(block), &dropout, output.block(block),
          choices.map { $0.elements + block * output.blockStride }, workspaces[worker].elements)
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

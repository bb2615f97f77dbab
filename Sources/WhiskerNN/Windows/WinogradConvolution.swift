import CKernels
import WhiskerCore

/// A convolution with a 3x3 kernel and stride 1 by Winograd's F(4 x 4, 3 x 3), in all three directions.
///
/// It needs a quarter of the products of the direct kernels, but transforms inputs and outputs. From 24 channels on it is at least
/// twice as fast on one core; with 17 channels and 29 filters it is as fast.
///
/// Its largest error is 6e-5 of the root mean square of the outputs.
final class WinogradConvolution {
  private let pool: ComputePool
  /// The transformed weights `[filters, 36, channels]`, of one direction at a time.
  private let weights: Buffer<Float>
  private let workspaces: [Buffer<Float>]
  private let sums: Buffer<Float>
  /// The argmaxes of a 2x2 max-pool after the convolution, which is then computed with it.
  private let choices: Buffer<UInt8>?

  private static let places = 36
  /// The numbers of channels and of filters from which the transformations pay off.
  private static let minimum = 16
  /// The most tiles in a forward task. Their columns fill whole registers of every instruction set.
  private static let tileLimit = 6
  /// Tasks take a multiple of so many filters.
  private static let filterStep = blockSize
  /// The gradient with respect to the weights is summed in so many parts at most, of so many tiles at least, and of so many
  /// values together.
  private static let partLimit = 8
  private static let partTiles = 32
  private static let partValues = 1 << 23

  /// Whether the kernels support a convolution and are faster.
  static func suits(_ s: whisker_convolution) -> Bool {
    s.kernel_height == 3 && s.kernel_width == 3 && s.stride == 1 && s.groups == 1 && s.channels >= minimum
      && s.filters >= minimum
  }

  init(
    _ shape: whisker_convolution, gradient: whisker_convolution, pools: Bool, capacity: Int, pool: ComputePool
  ) {
    self.pool = pool
    let map = shape.filters * (shape.out_height / 2) * (shape.out_width / 2)
    choices = pools ? Buffer(count: blockCount(capacity) * Int(map) * blockSize) : nil
    let (channels, filters) = (Int(shape.channels), Int(shape.filters))
    weights = Buffer(count: Self.places * channels * filters)
    let blocks = blockCount(capacity)
    var workspace = 0
    for var direction in [shape, gradient] {
      let tiles = Self.tiles(direction, blocks: blocks)
      workspace = max(
        workspace, Int(whisker_winograd_workspace(&direction, Int64(min(tiles, Self.tileLimit)))))
    }
    var shape = shape
    workspace = max(workspace, Int(whisker_winograd_gradient_workspace(&shape, shape.filters)))
    workspaces = (0..<pool.threads).map { _ in Buffer(count: workspace) }
    let parts = Self.parts(shape, tiles: Self.tiles(shape, blocks: blocks))
    sums = Buffer(count: parts * Int(whisker_winograd_gradient_sums(&shape, shape.filters)))
  }

  private static func tiles(_ shape: whisker_convolution, blocks: Int) -> Int {
    var shape = shape
    return blocks * Int(whisker_winograd_tiles(&shape))
  }

  /// The number of parts of the gradient with respect to the weights. It does not depend on the number of threads, because the
  /// order of the sums does.
  private static func parts(_ shape: whisker_convolution, tiles: Int) -> Int {
    let values = places * Int(shape.channels) * ((Int(shape.filters) + blockSize - 1) / blockSize * blockSize)
    return max(1, min(partLimit, tiles / partTiles, partValues / values))
  }

  /// Computes the output of `blocks` blocks.
  func forward(
    _ shape: whisker_convolution, _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?,
    from input: Activations, to output: Activations, blocks: Int
  ) {
    transform(shape, weights, isGradient: false)
    run(shape, bias, from: input, to: output, blocks: blocks, isGradient: false)
  }

  /// Computes the gradient with respect to the input, with the weights of the forward direction.
  func inputGradient(
    _ shape: whisker_convolution, _ weights: UnsafePointer<Float>, from gradient: Activations,
    to inputGradient: Activations, blocks: Int
  ) {
    transform(shape, weights, isGradient: true)
    run(shape, nil, from: gradient, to: inputGradient, blocks: blocks, isGradient: true)
  }

  private func run(
    _ shape: whisker_convolution, _ bias: UnsafePointer<Float>?, from input: Activations,
    to output: Activations, blocks: Int, isGradient: Bool
  ) {
    guard blocks > 0 else { return }
    let filters = Int(shape.filters)
    let tiles = Self.tiles(shape, blocks: blocks)
    let size = min(Self.tileLimit, max(4, (tiles + 2 * pool.threads - 1) / (2 * pool.threads)))
    let chunks = (tiles + size - 1) / size
    // Every group of filters transforms the patches again, so there are no more groups than needed to use all threads.
    let groups = Chunks(of: filters, parts: (pool.threads + chunks - 1) / chunks, step: Self.filterStep)
    withUnsafePointer(to: shape) { shape in
      pool.run(chunks * groups.number) { task, worker in
        let (chunk, group) = (task / groups.number * size, groups[task % groups.number])
        var part = whisker_winograd_task(chunk..<min(chunk + size, tiles), group)
        if isGradient {
          part.unpool = choices.map { UnsafePointer($0.elements) }
        } else {
          part.pool = choices?.elements
        }
        whisker_winograd_forward(
          shape, &part, self.weights.elements, bias, input.elements, output.elements,
          workspaces[worker].elements)
      }
    }
  }

  private func transform(_ shape: whisker_convolution, _ weights: UnsafePointer<Float>, isGradient: Bool) {
    let groups = Chunks(of: Int(shape.filters), parts: 2 * pool.threads, step: Self.filterStep)
    withUnsafePointer(to: shape) { shape in
      pool.run(groups.number) { task, _ in
        whisker_winograd_transform(
          shape, Int64(groups[task].lowerBound), Int64(groups[task].upperBound), weights, isGradient ? 1 : 0,
          self.weights.elements)
      }
    }
  }

  /// Computes the gradient with respect to the weights, and calls `finish` with the filters that are complete.
  func weightGradient(
    _ shape: whisker_convolution, _ input: Activations, _ gradient: Activations, blocks: Int,
    to weightGradient: UnsafeMutablePointer<Float>, finish: (Range<Int>) -> Void
  ) {
    let filters = Int(shape.filters)
    let tiles = Self.tiles(shape, blocks: blocks)
    let parts = Self.parts(shape, tiles: tiles)
    let groups = Chunks(of: filters, parts: (pool.threads + parts - 1) / parts, step: Self.filterStep)
    let perFilter = Self.places * Int(shape.channels)
    withUnsafePointer(to: shape) { shape in
      pool.run(parts * groups.number) { task, worker in
        let (part, group) = (task / groups.number, groups[task % groups.number])
        var range = whisker_winograd_task(tiles * part / parts..<tiles * (part + 1) / parts, group)
        range.unpool = choices.map { UnsafePointer($0.elements) }
        let size = Int(whisker_winograd_gradient_sums(shape, Int64(group.count)))
        let first = group.lowerBound * perFilter * parts + part * size
        whisker_winograd_gradient(
          shape, &range, input.elements, gradient.elements, sums.elements + first, workspaces[worker].elements
        )
      }
      let pieces = (filters + Self.filterStep - 1) / Self.filterStep
      pool.run(pieces) { piece, _ in
        let first = piece * Self.filterStep
        let group = groups[first / groups.size]
        let done = first..<min(first + Self.filterStep, filters)
        var of = whisker_winograd_sums(
          first_filter: Int64(group.lowerBound), end_filter: Int64(group.upperBound), parts: Int64(parts),
          sums: sums.elements + group.lowerBound * perFilter * parts)
        whisker_winograd_gradient_finish(
          shape, &of, Int64(done.lowerBound), Int64(done.upperBound), weightGradient)
        finish(done)
      }
    }
  }
}

extension whisker_winograd_task {
  fileprivate init(_ tiles: Range<Int>, _ filters: Range<Int>) {
    self.init(
      first_tile: Int64(tiles.lowerBound), end_tile: Int64(tiles.upperBound),
      first_filter: Int64(filters.lowerBound), end_filter: Int64(filters.upperBound), pool: nil, unpool: nil)
  }
}

import CKernels
import WhiskerCore

/// A convolution of a picture's map with packed weights, or a dense layer of a vector.
struct PictureConvolution: PictureKernel {
  let top: Int
  let left: Int

  private let shape: UncheckedShape
  private let weights: PictureWeights
  private let firstBlocks: FirstBlocks?
  /// Whether each output pixel follows from the input pixel at the same place.
  private let isPixelwise: Bool

  /// The address of the weights is in it.
  private struct UncheckedShape: @unchecked Sendable { var value: whisker_map_convolution }

  /// The first block of input channels that each block of filters sees.
  private final class FirstBlocks: @unchecked Sendable {
    let memory: Buffer<Int32>
    init(_ blocks: [Int]) {
      memory = Buffer(count: blocks.count)
      for (index, block) in blocks.enumerated() { memory.elements[index] = Int32(block) }
    }
  }

  init(
    _ filters: FusedGraph.Filters, _ operation: FusedGraph.Operation, input: PictureMap, width: Int,
    weights: PictureWeights
  ) {
    let (window, channels, count) = (filters.window, input.size.channels, filters.weight.shape[0])
    (top, left) = (window.padding[0], window.padding[1])
    isPixelwise = filters.isPixelwise
    var packing = whisker_map_filters(
      filters: Int64(count), channels: Int64(channels / filters.groups),
      taps: Int64(window.size[0] * window.size[1]), groups: Int64(filters.groups), blocks: 1,
      depth: Int64(channels), last_depth: Int64(channels), first_in: nil)
    var firstBlocks: FirstBlocks?
    if filters.groups > 1 {
      let ranges = Self.blocks(filters, channels: channels)
      let widest = ranges.reduce(1) { max($0, $1.count) }
      let first = FirstBlocks(ranges.map { min($0.lowerBound, blockCount(channels) - widest) })
      (packing.blocks, packing.depth, packing.last_depth) = (
        Int64(widest), Int64(blockSize), Int64(blockSize)
      )
      packing.first_in = UnsafePointer(first.memory.elements)
      firstBlocks = first
    } else if !filters.readsRow(of: input) {
      packing.blocks = Int64(blockCount(channels))
      packing.depth = Int64(blockSize)
      packing.last_depth = Int64(channels) - (packing.blocks - 1) * Int64(blockSize)
    }
    self.firstBlocks = firstBlocks
    let depth = Int((packing.blocks - 1) * packing.depth + packing.last_depth)
    let packed = weights.reserve(blockCount(count) * blockSize * Int(packing.taps) * depth)
    whisker_map_pack(&packing, filters.weight.elements, filters.factors.scale, packed)
    self.weights = weights

    var shape = whisker_map_convolution()
    (shape.blocks, shape.depth, shape.last_depth) = (packing.blocks, packing.depth, packing.last_depth)
    (shape.kernel_height, shape.kernel_width) = (Int64(window.size[0]), Int64(window.size[1]))
    (shape.stride, shape.pixel, shape.width) = (Int64(window.stride), Int64(input.pixel), Int64(width))
    shape.filters = Int64(count)
    if input.pixel != blockSize {
      // The taps of a kernel's row are contiguous too.
      shape.last_depth *= shape.kernel_width
      shape.kernel_width = 1
    }
    (shape.weights, shape.bias) = (UnsafePointer(packed), weights.reserve(filters.factors.offset))
    shape.first_in = packing.first_in
    shape.ending = whisker_map_ending(operation)
    self.shape = UncheckedShape(value: shape)
  }

  /// The blocks of input channels that each block of filters sees.
  private static func blocks(_ filters: FusedGraph.Filters, channels: Int) -> [ClosedRange<Int>] {
    let count = filters.weight.shape[0]
    let (own, seen) = (count / filters.groups, channels / filters.groups)
    return (0..<blockCount(count)).map { block in
      let first = block * blockSize / own
      let last = (min(count, (block + 1) * blockSize) - 1) / own
      return first * seen / blockSize...((last + 1) * seen - 1) / blockSize
    }
  }

  func run(_ task: whisker_map_task, _ input: whisker_map, _ addend: whisker_map?, _ output: whisker_map) {
    var (shape, task) = (shape.value, task)
    let row = shape.width * Int64(blockSize)
    guard isPixelwise, shape.pixel == Int64(blockSize), input.row == row, output.row == row,
      addend?.row ?? row == row
    else {
      return Self.call(whisker_map_convolve, shape, task, input, addend, output)
    }
    // The rows are one.
    let first = Int(task.first_row * row)
    shape.width *= task.end_row - task.first_row
    (task.first_row, task.end_row) = (0, 1)
    Self.call(
      whisker_map_convolve, shape, task, input.advanced(by: first), addend?.advanced(by: first),
      output.advanced(by: first))
  }
}

extension whisker_map {
  func advanced(by count: Int) -> whisker_map { whisker_map(values: values + count, row: row, block: block) }
}

extension FusedGraph.Filters {
  /// Whether each output pixel follows from the input pixel at the same place.
  var isPixelwise: Bool {
    window.size == [1, 1] && window.stride == 1 && window.padding.allSatisfy { $0 == 0 } && groups == 1
  }

  /// Whether the channels of an input pixel are contiguous in memory: those of a picture, and a vector.
  fileprivate func readsRow(of input: PictureMap) -> Bool {
    input.pixel != blockSize
      || isPixelwise && input.size.height * input.size.width == 1 && input.border.isEmpty
  }
}

import CKernels

/// A convolution of a picture's map in which each filter sees its own channel.
struct PictureDepthwise: PictureKernel {
  let top: Int
  let left: Int
  var isLanewise: Bool { true }

  private let shape: UncheckedShape
  private let weights: PictureWeights

  private struct UncheckedShape: @unchecked Sendable { var value: whisker_map_depthwise }

  /// Whether the filters are one per channel.
  static func isMade(for filters: FusedGraph.Filters, channels: Int) -> Bool {
    filters.groups == channels && filters.weight.shape[0] == channels && channels > 1
  }

  init(
    _ filters: FusedGraph.Filters, _ operation: FusedGraph.Operation, width: Int, weights: PictureWeights
  ) {
    let window = filters.window
    (top, left) = (window.padding[0], window.padding[1])
    let (channels, taps) = (filters.weight.shape[0], window.size[0] * window.size[1])
    let packed = weights.reserve(blockCount(channels) * blockSize * taps)
    for channel in 0..<channels {
      for tap in 0..<taps {
        let place = (channel / blockSize * taps + tap) * blockSize + channel % blockSize
        packed[place] = Float(
          filters.factors.scale[channel] * Double(filters.weight.elements[channel * taps + tap]))
      }
    }
    self.weights = weights
    shape = UncheckedShape(
      value: whisker_map_depthwise(
        kernel_height: Int64(window.size[0]), kernel_width: Int64(window.size[1]),
        stride: Int64(window.stride), width: Int64(width), weights: UnsafePointer(packed),
        bias: weights.reserve(filters.factors.offset), ending: whisker_map_ending(operation)))
  }

  func run(_ task: whisker_map_task, _ input: whisker_map, _ addend: whisker_map?, _ output: whisker_map) {
    Self.call(whisker_map_convolve_depthwise, shape.value, task, input, addend, output)
  }
}

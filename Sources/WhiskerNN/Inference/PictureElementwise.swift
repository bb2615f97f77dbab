import CKernels

/// A factor and an offset of each channel, activations and a sum, where no other kernel computes them.
struct PictureAffine: PictureKernel {
  private let shape: UncheckedShape
  private let weights: PictureWeights

  private struct UncheckedShape: @unchecked Sendable { var value: whisker_map_affine }

  init(
    _ factors: FusedGraph.Affine, _ operation: FusedGraph.Operation, width: Int, weights: PictureWeights
  ) {
    self.weights = weights
    shape = UncheckedShape(
      value: whisker_map_affine(
        width: Int64(width), scale: weights.reserve(factors.scale), offset: weights.reserve(factors.offset),
        ending: whisker_map_ending(operation)))
  }

  func run(_ task: whisker_map_task, _ input: whisker_map, _ addend: whisker_map?, _ output: whisker_map) {
    Self.call(whisker_map_scale, shape.value, task, input, addend, output)
  }
}

/// The maximum or the mean of the windows of a map.
struct PicturePool: PictureStep {
  let shape: whisker_pool
  let isMaximum: Bool
  let input: PictureMap
  let output: PictureMap

  init(_ window: InferenceGraph.Window, isMaximum: Bool, input: PictureMap, output: PictureMap) {
    (self.isMaximum, self.input, self.output) = (isMaximum, input, output)
    shape = whisker_pool(
      channels: Int64(input.size.channels), height: Int64(input.size.height), width: Int64(input.size.width),
      size_height: Int64(window.size[0]), size_width: Int64(window.size[1]), stride: Int64(window.stride),
      pad_top: Int64(window.padding[0]), pad_left: Int64(window.padding[1]),
      out_height: Int64(output.size.height), out_width: Int64(output.size.width))
  }

  func run(_ part: PicturePart, _ memory: PictureMemory) {
    output.clearBorder(memory.values)
    var (shape, input, output) = (shape, input.view(memory.values), output.view(memory.values))
    whisker_map_pool(&shape, isMaximum ? 1 : 0, &input, &output)
  }
}

/// A map as a vector, in the order channel, row, column.
struct PictureFlatten: PictureStep {
  let input: PictureMap
  let output: PictureMap

  func run(_ part: PicturePart, _ memory: PictureMemory) {
    let vector = output.view(memory.values).values!
    input.flatten(memory.values, into: vector)
    (vector + output.size.channels).update(repeating: 0, count: output.count - output.size.channels)
  }
}

extension PictureMap {
  /// Copies the values in the order channel, row, column.
  func flatten(_ memory: UnsafeMutablePointer<Float>, into values: UnsafeMutablePointer<Float>) {
    var view = view(memory)
    whisker_map_flatten(Int64(size.channels), Int64(size.height), Int64(size.width), &view, values)
  }
}

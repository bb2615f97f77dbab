import CKernels

/// Where the values of a map lie in the workspace: `[blocks, rows, columns, 16]`, with a border of zeros.
struct PictureMap {
  /// Rows or columns of zeros.
  struct Border: Equatable {
    var top = 0
    var left = 0
    var bottom = 0
    var right = 0

    var isEmpty: Bool { self == Border() }

    func union(_ other: Border) -> Border {
      Border(
        top: max(top, other.top), left: max(left, other.left), bottom: max(bottom, other.bottom),
        right: max(right, other.right))
    }
  }

  let size: FusedGraph.Size
  /// The number of blocks of channels in memory.
  let blocks: Int
  let border: Border
  /// The floats of a pixel: 16, or the channels of a picture.
  let pixel: Int
  /// The first float in the workspace.
  var offset = 0

  init(_ size: FusedGraph.Size, blocks: Int, border: Border, pixel: Int = blockSize) {
    (self.size, self.blocks, self.border, self.pixel) = (size, blocks, border, pixel)
  }

  /// The floats of a row.
  var row: Int { (border.left + size.width + border.right) * pixel }
  private var block: Int { (border.top + size.height + border.bottom) * row }
  /// The number of floats.
  var count: Int { blocks * block }

  /// The map in memory.
  /// - Parameter top: The rows of the border that belong to it, and `left` the columns.
  /// - Parameter block: The first block of it.
  func view(_ memory: UnsafeMutablePointer<Float>, top: Int = 0, left: Int = 0, block first: Int = 0)
    -> whisker_map
  {
    let origin = first * block + (border.top - top) * row + (border.left - left) * pixel
    return whisker_map(values: memory + offset + origin, row: Int64(row), block: Int64(block))
  }

  func clearBorder(_ memory: UnsafeMutablePointer<Float>) {
    guard !border.isEmpty else { return }
    var shape = whisker_map_border(
      blocks: Int64(blocks), height: Int64(size.height), width: Int64(size.width), top: Int64(border.top),
      left: Int64(border.left), bottom: Int64(border.bottom), right: Int64(border.right), pixel: Int64(pixel))
    var view = view(memory)
    whisker_map_clear_border(&shape, &view)
  }
}

extension InferenceGraph.Window {
  /// The zeros around a map that windows see.
  func border(_ input: FusedGraph.Size, _ output: FusedGraph.Size) -> PictureMap.Border {
    func after(_ extent: Int, _ count: Int, _ axis: Int) -> Int {
      max(0, (count - 1) * stride + size[axis] - padding[axis] - extent)
    }
    return PictureMap.Border(
      top: padding[0], left: padding[1], bottom: after(input.height, output.height, 0),
      right: after(input.width, output.width, 1))
  }
}

extension FeatureShape {
  /// The number of values in the layout of single pictures, in which the channels of a pixel fill whole blocks.
  package var pictureCount: Int {
    let channels = extents[0]
    return count / channels * blockCount(channels) * blockSize
  }
}

import CKernels
import Glibc

/// An expansion, a depthwise convolution and a projection of large maps, a few rows at a time: what is between them stays in the
/// cache. The rows of the expanded map that the next rows need too are kept.
struct StripedBlock: PictureStep {
  let pair: DepthwisePair
  let projection: PictureConvolution
  let input: PictureMap
  let addend: PictureMap?
  let output: PictureMap

  private let window: InferenceGraph.Window
  /// The output rows of a strip.
  private let rows: Int
  /// The floats of a strip of the expanded map, and of both maps.
  private let expandedCount: Int
  let scratchCount: Int

  /// The floats that stay in the cache: half a megabyte.
  private static let limit = 1 << 17

  init(
    _ pair: DepthwisePair, _ window: InferenceGraph.Window, _ projection: PictureConvolution,
    input: PictureMap,
    addend: PictureMap?, output: PictureMap
  ) {
    (self.pair, self.window, self.projection) = (pair, window, projection)
    (self.input, self.addend, self.output) = (input, addend, output)
    let height = output.size.height
    func count(_ rows: Int) -> (expanded: Int, all: Int) {
      let blocks = blockCount(pair.between.size.channels)
      let expanded = blocks * ((rows - 1) * window.stride + window.size[0]) * pair.between.row
      return (expanded, expanded + blocks * rows * output.size.width * blockSize)
    }
    // Strips of about the same height.
    let strips = (1...height).first { count((height + $0 - 1) / $0).all <= Self.limit } ?? height
    rows = (height + strips - 1) / strips
    (expandedCount, scratchCount) = count(rows)
  }

  private var strips: Int { (output.size.height + rows - 1) / rows }
  private var blocks: Int { blockCount(pair.between.size.channels) }
  /// The rows of the expanded map that a strip reads, and the floats of a block of them.
  private var expandedRows: Int { (rows - 1) * window.stride + window.size[0] }
  private var expandedBlock: Int { expandedRows * pair.between.row }

  func parts(for threads: Int) -> Int { min(threads, strips) }

  func run(_ part: PicturePart, _ memory: PictureMemory) {
    if part.index == 0 { output.clearBorder(memory.values) }
    clearColumns(memory)
    let strips = part.range(of: strips)
    var next = strips.lowerBound * rows * window.stride
    for strip in strips {
      let lines = strip * rows..<min((strip + 1) * rows, output.size.height)
      let start = lines.lowerBound * window.stride
      let end = (lines.upperBound - 1) * window.stride + window.size[0]
      for first in stride(from: 0, to: blocks, by: pair.between.blocks) {
        let group = first..<min(first + pair.between.blocks, blocks)
        expand(group, start: start, rows: max(next, start)..<end, memory)
        filter(group, start: start, lines, memory)
      }
      projection.run(
        whisker_map_task(0..<output.blocks, lines), filtered(lines, memory), addend?.view(memory.values),
        output.view(memory.values))
      next = end
    }
  }

  /// Clears the columns of the border. Nothing else is written there.
  private func clearColumns(_ memory: PictureMemory) {
    let border = pair.between.border
    var shape = whisker_map_border(
      blocks: Int64(blocks), height: Int64(expandedRows), width: Int64(pair.between.size.width), top: 0,
      left: Int64(border.left), bottom: 0, right: Int64(border.right), pixel: Int64(blockSize))
    var map = expanded(border.top, column: border.left, memory)
    map.values = memory.scratch + border.left * blockSize
    whisker_map_clear_border(&shape, &map)
  }

  /// The expanded map, of which a strip is in memory.
  /// - Parameter start: The first row in memory, counted with the border.
  private func expanded(_ start: Int, row: Int = 0, column: Int = 0, _ memory: PictureMemory) -> whisker_map {
    whisker_map(
      values: memory.scratch + (row - start) * pair.between.row + column * blockSize,
      row: Int64(pair.between.row), block: Int64(expandedBlock))
  }

  /// The depthwise convolution's output, of which a strip is in memory.
  private func filtered(_ lines: Range<Int>, _ memory: PictureMemory) -> whisker_map {
    let row = output.size.width * blockSize
    return whisker_map(
      values: memory.scratch + expandedCount - lines.lowerBound * row, row: Int64(row),
      block: Int64(rows * row))
  }

  /// Computes rows of some blocks of the expanded map, and moves those in memory that are needed again to its start.
  private func expand(_ group: Range<Int>, start: Int, rows lines: Range<Int>, _ memory: PictureMemory) {
    let (row, border, height) = (pair.between.row, pair.between.border, pair.between.size.height)
    for block in group {
      let place = memory.scratch + block * expandedBlock
      if lines.lowerBound > start {
        memmove(
          place, place + rows * window.stride * row,
          (lines.lowerBound - start) * row * MemoryLayout<Float>.stride)
      }
      for line in lines where line < border.top || line >= border.top + height {
        (place + (line - start) * row).update(repeating: 0, count: row)
      }
    }
    let (first, end) = (max(0, lines.lowerBound - border.top), min(height, lines.upperBound - border.top))
    guard first < end else { return }
    let source = input.view(memory.values, top: pair.expansion.top, left: pair.expansion.left)
    pair.expansion.run(
      whisker_map_task(group, first..<end), source, nil,
      expanded(start, row: border.top, column: border.left, memory))
  }

  private func filter(_ group: Range<Int>, start: Int, _ lines: Range<Int>, _ memory: PictureMemory) {
    let (border, depthwise) = (pair.between.border, pair.depthwise)
    var source = expanded(
      start, row: border.top - depthwise.top, column: border.left - depthwise.left, memory)
    source.values += group.lowerBound * expandedBlock
    depthwise.run(whisker_map_task(group, lines), source, nil, filtered(lines, memory))
  }
}

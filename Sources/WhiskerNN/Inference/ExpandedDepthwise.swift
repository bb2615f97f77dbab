import CKernels

/// A convolution and the depthwise convolution of its output.
struct DepthwisePair {
  let expansion: PictureConvolution
  let depthwise: PictureDepthwise
  /// The map between the two. Only a part of it is in memory.
  let between: PictureMap
}

/// A convolution and the depthwise convolution of its output, for a few blocks of channels at a time: what is between them
/// stays in the cache.
struct ExpandedDepthwise: PictureStep {
  let pair: DepthwisePair
  let input: PictureMap
  let addend: PictureMap?
  let output: PictureMap

  /// The blocks of channels at a time. A map of few pixels has more, so that its products are as large.
  static func blocks(_ size: FusedGraph.Size) -> Int { size.height * size.width < 100 ? 6 : 2 }

  func parts(for threads: Int) -> Int {
    min(threads, (output.blocks + pair.between.blocks - 1) / pair.between.blocks)
  }

  func run(_ part: PicturePart, _ memory: PictureMemory) {
    let between = pair.between
    if part.index == 0 { output.clearBorder(memory.values) }
    between.clearBorder(memory.scratch)
    let source = input.view(memory.values, top: pair.expansion.top, left: pair.expansion.left)
    let (addend, target) = (addend?.view(memory.values), output.view(memory.values))
    let blocks = part.range(of: output.blocks, step: between.blocks)
    for first in stride(from: blocks.lowerBound, to: blocks.upperBound, by: between.blocks) {
      let group = first..<min(first + between.blocks, blocks.upperBound)
      // The kernel counts the blocks of its output from the first of all.
      pair.expansion.run(
        whisker_map_task(group, 0..<between.size.height), source, nil,
        between.view(memory.scratch, block: -first))
      pair.depthwise.run(
        whisker_map_task(group, 0..<output.size.height),
        between.view(memory.scratch, top: pair.depthwise.top, left: pair.depthwise.left), addend, target)
    }
  }
}

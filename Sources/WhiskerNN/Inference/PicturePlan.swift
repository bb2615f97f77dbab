/// The steps of a picture's inference, and the place of each value in the workspace.
struct PicturePlan: Sendable {
  let input: PictureInput
  private(set) var steps: [any PictureStep] = []
  private let output: PictureMap
  /// The floats of the values between the steps, and of those inside a step.
  let valueCount: Int
  private(set) var scratchCount = 0
  /// The output's number of values.
  var outputCount: Int { output.size.channels * output.size.height * output.size.width }

  /// A step before it is built: an operation, the depthwise convolution that is computed with it, and the projection after it.
  private struct Part {
    let operation: FusedGraph.Operation
    var depthwise: FusedGraph.Operation?
    var projection: FusedGraph.Operation?

    var last: FusedGraph.Operation { projection ?? depthwise ?? operation }
    /// The values that it reads.
    var inputs: [FusedGraph.Value] {
      [operation.input] + [operation, depthwise, projection].compactMap { $0?.addend }
    }
  }

  init(_ graph: FusedGraph) {
    let parts = Self.parts(graph)
    var maps = Self.maps(graph)
    // The steps of each value: step 0 writes the picture, and the last one reads the output.
    var lives: [FusedGraph.Value: ClosedRange<Int>] = [0: 0...0]
    func use(_ value: FusedGraph.Value, _ step: Int) {
      lives[value] = (lives[value]?.lowerBound ?? step)...step
    }
    for (index, part) in parts.enumerated() {
      for value in part.inputs + [part.last.output] { use(value, index + 1) }
    }
    use(graph.output, parts.count + 1)
    let values = lives.keys.sorted()
    let layout = WorkspaceLayout(
      values.map { WorkspaceLayout.Item(count: maps[$0]!.count, steps: lives[$0]!) })
    for (value, offset) in zip(values, layout.offsets) { maps[value]!.offset = offset }
    valueCount = layout.count
    let weights = PictureWeights()
    input = PictureInput(maps[0]!, graph.inputFactors, weights: weights)
    output = maps[graph.output]!
    for part in parts { append(part, maps, weights) }
  }

  func write(_ memory: UnsafeMutablePointer<Float>, to values: UnsafeMutablePointer<Float>) {
    output.flatten(memory, into: values)
  }

  /// The operations, with depthwise convolutions joined to the convolutions before them, and in large maps to those after them.
  private static func parts(_ graph: FusedGraph) -> [Part] {
    var parts: [Part] = []
    for operation in graph.operations {
      guard let part = parts.last, part.last.output == operation.input, graph.isUsedOnce(operation.input),
        case .filters(let filters) = operation.work
      else {
        parts.append(Part(operation: operation))
        continue
      }
      if part.depthwise == nil, part.operation.addend == nil, graph.isDepthwise(operation),
        case .filters(let first) = part.operation.work, first.groups == 1
      {
        parts[parts.count - 1].depthwise = operation
      } else if let depthwise = part.depthwise, part.projection == nil, depthwise.addend == nil,
        filters.isPixelwise, isLarge(graph.sizes[part.operation.output]!, graph.sizes[operation.input]!)
      {
        parts[parts.count - 1].projection = operation
      } else {
        parts.append(Part(operation: operation))
      }
    }
    return parts
  }

  /// The floats that stay in the cache of a core between two kernels: one megabyte.
  private static let cacheSize = 1 << 18

  /// Whether some blocks of an expanded map, and all of the map that follows from it, do not stay in the cache.
  private static func isLarge(_ expanded: FusedGraph.Size, _ filtered: FusedGraph.Size) -> Bool {
    let blocks = min(ExpandedDepthwise.blocks(expanded), blockCount(expanded.channels))
    return expanded.height * expanded.width * blocks * blockSize
      + filtered.height * filtered.width * blockCount(filtered.channels) * blockSize > cacheSize
  }

  private static func maps(_ graph: FusedGraph) -> [FusedGraph.Value: PictureMap] {
    var borders: [FusedGraph.Value: PictureMap.Border] = [:]
    // The channels of a picture stay together if only convolutions read it.
    var isPlain = true
    for operation in graph.operations {
      let isFiltered: Bool
      if case .filters(let filters) = operation.work {
        let border = filters.window.border(graph.sizes[operation.input]!, graph.sizes[operation.output]!)
        borders[operation.input] = borders[operation.input, default: .init()].union(border)
        isFiltered = filters.groups == 1
      } else {
        isFiltered = false
      }
      if operation.input == 0 && !isFiltered || operation.addend == 0 { isPlain = false }
    }
    return Dictionary(
      uniqueKeysWithValues: graph.sizes.map { value, size in
        let isPicture = value == 0 && isPlain && graph.output != 0
        return (
          value,
          PictureMap(
            size, blocks: isPicture ? 1 : blockCount(size.channels), border: borders[value] ?? .init(),
            pixel: isPicture ? size.channels : blockSize)
        )
      })
  }

  private mutating func append(
    _ part: Part, _ maps: [FusedGraph.Value: PictureMap], _ weights: PictureWeights
  ) {
    let operation = part.operation
    let (input, output) = (maps[operation.input]!, maps[operation.output]!)
    func step(_ kernel: some PictureKernel) -> any PictureStep {
      KernelStep(kernel: kernel, input: input, addend: operation.addend.map { maps[$0]! }, output: output)
    }
    let width = output.size.width
    switch operation.work {
    case .filters(let filters):
      if let depthwise = part.depthwise {
        append(filters, part, depthwise, maps, weights)
      } else if PictureDepthwise.isMade(for: filters, channels: input.size.channels) {
        steps.append(step(PictureDepthwise(filters, operation, width: width, weights: weights)))
      } else {
        steps.append(
          step(PictureConvolution(filters, operation, input: input, width: width, weights: weights)))
      }
    case .affine(let factors):
      steps.append(step(PictureAffine(factors, operation, width: width, weights: weights)))
    case .pool(let window, let isMaximum):
      steps.append(PicturePool(window, isMaximum: isMaximum, input: input, output: output))
    case .flatten: steps.append(PictureFlatten(input: input, output: output))
    }
  }

  private mutating func append(
    _ filters: FusedGraph.Filters, _ part: Part, _ depthwise: FusedGraph.Operation,
    _ maps: [FusedGraph.Value: PictureMap], _ weights: PictureWeights
  ) {
    guard case .filters(let filtersAfter) = depthwise.work else { return }
    let (input, whole, filtered) = (
      maps[part.operation.input]!, maps[part.operation.output]!, maps[depthwise.output]!
    )
    let between = PictureMap(
      whole.size, blocks: min(ExpandedDepthwise.blocks(whole.size), whole.blocks), border: whole.border)
    let pair = DepthwisePair(
      expansion: PictureConvolution(
        filters, part.operation, input: input, width: whole.size.width, weights: weights),
      depthwise: PictureDepthwise(filtersAfter, depthwise, width: filtered.size.width, weights: weights),
      between: between)
    let addend = part.last.addend.map { maps[$0]! }
    guard let projection = part.projection, case .filters(let filtersOut) = projection.work else {
      scratchCount = max(scratchCount, between.count)
      return steps.append(ExpandedDepthwise(pair: pair, input: input, addend: addend, output: filtered))
    }
    let output = maps[projection.output]!
    let block = StripedBlock(
      pair, filtersAfter.window,
      PictureConvolution(filtersOut, projection, input: filtered, width: output.size.width, weights: weights),
      input: input, addend: addend, output: output)
    scratchCount = max(scratchCount, block.scratchCount)
    steps.append(block)
  }
}

extension FusedGraph {
  fileprivate func isDepthwise(_ operation: Operation) -> Bool {
    guard case .filters(let filters) = operation.work, let size = sizes[operation.input] else { return false }
    return PictureDepthwise.isMade(for: filters, channels: size.channels)
  }

  /// Whether one operation reads a value.
  fileprivate func isUsedOnce(_ value: Value) -> Bool {
    let reads = operations.reduce(0) { $0 + ($1.input == value ? 1 : 0) + ($1.addend == value ? 1 : 0) }
    return value != output && reads == 1
  }
}

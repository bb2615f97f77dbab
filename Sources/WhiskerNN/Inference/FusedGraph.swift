import WhiskerCore

/// The operations of a graph for inference, fewer than the graph has: batch norm is part of the weights before it, and
/// activations and sums are part of the operation that computes their input.
struct FusedGraph {
  typealias Value = InferenceGraph.Value
  typealias Window = InferenceGraph.Window
  typealias Function = InferenceGraph.Function
  typealias Affine = ChannelFactors

  /// Channels, height and width; a vector is a map of one pixel.
  struct Size: Equatable {
    var channels: Int
    var height = 1
    var width = 1
  }

  /// The weights `[filters, channels / groups, height, width]` of a convolution or a dense layer, without the factors.
  struct Filters {
    let weight: Tensor
    let window: Window
    let groups: Int
    var factors: Affine
  }

  enum Work {
    case filters(Filters)
    case affine(Affine)
    case pool(Window, isMaximum: Bool)
    case flatten
  }

  /// after(before(work) + addend)
  struct Operation {
    var work: Work
    let input: Value
    var output: Value
    var before: Function?
    var addend: Value?
    var after: Function?

    /// Whether the output is that of the weights alone.
    var isPlain: Bool { before == nil && addend == nil && after == nil }
    /// Whether an activation can follow in the same kernel.
    var takesEnding: Bool {
      switch work {
      case .filters, .affine: true
      case .pool, .flatten: false
      }
    }
  }

  private(set) var operations: [Operation] = []
  private(set) var sizes: [Value: Size]
  /// What is done to each channel of the picture before the first operation.
  private(set) var inputFactors: Affine
  private(set) var output: Value = 0

  /// The number of operations that read a value, or that of the whole graph if it is its output.
  private var uses: [Value: Int] = [:]
  private var producers: [Value: Int] = [:]
  /// Values that are the same as others.
  private var aliases: [Value: Value] = [:]

  init(_ graph: InferenceGraph, input: FeatureShape) {
    let size = Size(input)
    sizes = [0: size]
    inputFactors = .identity(size.channels)
    for value in graph.nodes.flatMap(\.inputs) + [graph.output] { uses[value, default: 0] += 1 }
    for node in graph.nodes { append(node) }
    output = resolve(graph.output)
  }

  private func resolve(_ value: Value) -> Value { aliases[value] ?? value }

  private mutating func append(_ node: InferenceGraph.Node) {
    let input = resolve(node.inputs[0])
    guard let size = sizes[input] else { preconditionFailure("operations follow those of their inputs") }
    switch node.operation {
    case .convolution(let weight, let bias, let window, let groups):
      append(filters(weight, bias, window, groups), input, node.output, size.after(window, weight.shape[0]))
    case .dense(let weight, let bias):
      let window = Window(size: [1, 1], stride: 1, padding: [0, 0, 0, 0])
      append(filters(weight, bias, window, 1), input, node.output, Size(channels: weight.shape[0]))
    case .batchNorm(let weight, let bias, let mean, let variance, let epsilon):
      let factors = Affine(
        batchNorm: weight, bias: bias, mean: mean, variance: variance, epsilon: epsilon)
      scaleChannels(factors, input, node.output, size)
    case .activation(let function): activate(function, input, node.output, size)
    case .maximumPool(let window):
      append(.pool(window, isMaximum: true), input, node.output, size.after(window, size.channels))
    case .averagePool(let window):
      append(.pool(window, isMaximum: false), input, node.output, size.after(window, size.channels))
    case .globalMaximumPool:
      append(.pool(size.whole, isMaximum: true), input, node.output, Size(channels: size.channels))
    case .globalAveragePool:
      append(.pool(size.whole, isMaximum: false), input, node.output, Size(channels: size.channels))
    case .flatten:
      if size.height * size.width == 1 { return alias(node.output, input) }
      append(.flatten, input, node.output, Size(channels: size.channels * size.height * size.width))
    case .add: add(input, resolve(node.inputs[1]), node.output, size)
    }
  }

  private func filters(_ weight: Tensor, _ bias: Tensor?, _ window: Window, _ groups: Int) -> Work {
    var factors = Affine.identity(weight.shape[0])
    if let bias { factors.offset = bias.values.map(Double.init) }
    return .filters(Filters(weight: weight, window: window, groups: groups, factors: factors))
  }

  private mutating func append(_ work: Work, _ input: Value, _ output: Value, _ size: Size) {
    append(Operation(work: work, input: input, output: output), size)
  }

  private mutating func append(_ operation: Operation, _ size: Size) {
    producers[operation.output] = operations.count
    sizes[operation.output] = size
    operations.append(operation)
  }

  /// Makes a value another name of one that exists.
  private mutating func alias(_ value: Value, _ other: Value) {
    aliases[value] = other
    uses[other, default: 0] += (uses[value] ?? 0) - 1
  }

  /// The operation that computes a value which nothing else reads.
  private func producer(of value: Value) -> Int? { uses[value] == 1 ? producers[value] : nil }

  /// Makes `value`, which follows from the output of an operation, its output.
  private mutating func setOutput(_ value: Value, of operation: Int, _ size: Size) {
    operations[operation].output = value
    producers[value] = operation
    sizes[value] = size
  }

  private mutating func scaleChannels(_ factors: Affine, _ input: Value, _ output: Value, _ size: Size) {
    if input == 0, uses[0] == 1 {
      // Before any padding, so padding stays zero.
      inputFactors = inputFactors.then(factors)
      return alias(output, 0)
    }
    guard let index = producer(of: input), operations[index].isPlain else {
      return append(.affine(factors), input, output, size)
    }
    switch operations[index].work {
    case .filters(var filters):
      filters.factors = filters.factors.then(factors)
      operations[index].work = .filters(filters)
    case .affine(let first): operations[index].work = .affine(first.then(factors))
    case .pool, .flatten: return append(.affine(factors), input, output, size)
    }
    setOutput(output, of: index, size)
  }

  private mutating func activate(_ function: Function, _ input: Value, _ output: Value, _ size: Size) {
    if let index = producer(of: input), operations[index].takesEnding {
      let operation = operations[index]
      if operation.isPlain {
        operations[index].before = function
        return setOutput(output, of: index, size)
      }
      if operation.addend != nil, operation.after == nil {
        operations[index].after = function
        return setOutput(output, of: index, size)
      }
    }
    append(
      Operation(
        work: .affine(.identity(size.channels)), input: input, output: output, before: function), size)
  }

  private mutating func add(_ one: Value, _ other: Value, _ output: Value, _ size: Size) {
    // The later one can add the earlier one.
    for (value, addend) in [(one, other), (other, one)] {
      guard let index = producer(of: value), index > producers[addend] ?? -1, operations[index].takesEnding,
        operations[index].addend == nil
      else { continue }
      operations[index].addend = addend
      return setOutput(output, of: index, size)
    }
    append(
      Operation(work: .affine(.identity(size.channels)), input: one, output: output, addend: other), size)
  }
}

extension FusedGraph.Size {
  init(_ shape: FeatureShape) {
    switch shape {
    case .map(let channels, let height, let width):
      self.init(channels: channels, height: height, width: width)
    case .vector(let count): self.init(channels: count)
    }
  }

  /// A window of the whole map.
  var whole: InferenceGraph.Window {
    InferenceGraph.Window(size: [height, width], stride: 1, padding: [0, 0, 0, 0])
  }

  /// The size of the output of windows.
  func after(_ window: InferenceGraph.Window, _ channels: Int) -> Self {
    func count(_ extent: Int, _ axis: Int) -> Int {
      (extent + window.padding[axis] + window.padding[axis + 2] - window.size[axis]) / window.stride + 1
    }
    return Self(channels: channels, height: count(height, 0), width: count(width, 1))
  }
}

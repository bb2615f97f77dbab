import WhiskerCore
import WhiskerNN

/// The network of an ONNX model: a sequence of layers with residual blocks, and its tensors by the paths of the layers.
struct ONNXNetwork {
  private indirect enum Element {
    case layer(ONNXLayer)
    case residual(body: [Element], shortcut: [Element])
  }

  private(set) var layers: [LayerSpecification] = []
  /// The tensors, by names such as "3.body.0.weight", in the order of the layers.
  private(set) var tensors: [(name: String, tensor: Tensor)] = []

  private let file: ONNXFile
  /// The nodes that use each value.
  private var readers: [String: [Int]] = [:]
  private var used: Set<Int> = []

  /// Blocks inside blocks.
  private static let depthLimit = 8

  /// - Parameter input: The shape of a sample.
  /// - Parameter rescale: What turns Whisker's input into that of the model; nil if they are the same.
  /// - Throws: `FileError` that names an operator that no layer has.
  init(_ file: ONNXFile, input: FeatureShape, rescale: RescaleKind?) throws {
    self.file = file
    for (index, node) in file.nodes.enumerated() {
      for name in Set(node.inputs) where file.constants[name] == nil {
        readers[name, default: []].append(index)
      }
    }
    let start = rescale.map { [Element.layer(ONNXLayer(kind: $0))] } ?? []
    var (elements, value, shape) = (start, file.input.name, input)
    guard try follow(&value, &shape, &elements, depth: 0) == nil else {
      throw FileError(file.path, "cannot be imported: it adds its input to something else")
    }
    if let rest = file.nodes.indices.first(where: { !used.contains($0) }) {
      throw ONNXLayers(file: file).unsupported(
        file.nodes[rest], "does not lie between the input and the output")
    }
    Self.foldLastFactor(&elements)
    layers = append(elements, prefix: "")
    // The last layer has one unit per class.
    if var dense = layers.last?.kind as? DenseKind {
      dense.units = nil
      layers[layers.count - 1] = LayerSpecification(dense)
    }
  }

  /// Follows a value through layers, up to the output or to the addition that ends a branch.
  /// - Returns: The node of that addition; nil at the output.
  private mutating func follow(
    _ value: inout String, _ shape: inout FeatureShape, _ elements: inout [Element], depth: Int
  ) throws -> Int? {
    while value != file.output {
      let next = readers[value] ?? []
      if let product = try silu(value, next) {
        elements.append(.layer(ONNXLayer(kind: ActivationKind.SiLU())))
        value = product
        continue
      }
      switch next.count {
      case 1:
        let node = file.nodes[next[0]]
        if isSum(node) { return next[0] }
        try use(next[0])
        guard let output = node.outputs.first else { throw unsupported(node, "has no output") }
        let isInput = value == file.input.name
        value = output
        // The layers have channels before rows, whatever the order of the input.
        if isInput, file.hasChannelsLast, node.isTranspositionOfPictures { continue }
        // Whisker applies softmax to the outputs itself.
        if ["Softmax", "LogSoftmax"].contains(node.type), output == file.output { return nil }
        guard let layer = try ONNXLayers(file: file).layer(of: node, input: shape) else { continue }
        shape = try self.shape(after: layer.kind, node, shape)
        Self.append(layer, to: &elements)
      case 2:
        guard depth < Self.depthLimit else { throw unsupported(file.nodes[next[0]], "is in too many blocks") }
        let sum = try block(value, next, &shape, &elements, depth: depth)
        value = file.nodes[sum].outputs.first ?? ""
      default:
        throw FileError(
          file.path, "cannot be imported: \(counted(next.count, "node")) use the value \(value)")
      }
    }
    return nil
  }

  /// Appends the residual block between a value and the addition of two branches.
  /// - Returns: The node of the addition.
  private mutating func block(
    _ value: String, _ starts: [Int], _ shape: inout FeatureShape, _ elements: inout [Element], depth: Int
  ) throws -> Int {
    var branches: [(elements: [Element], sum: Int, shape: FeatureShape)] = []
    for start in starts {
      let node = file.nodes[start]
      var (inside, inner): ([Element], FeatureShape) = ([], shape)
      if isSum(node) {
        branches.append(([], start, shape))
        continue
      }
      try use(start)
      if let layer = try ONNXLayers(file: file).layer(of: node, input: inner) {
        inner = try self.shape(after: layer.kind, node, inner)
        inside.append(.layer(layer))
      }
      var end = node.outputs.first ?? ""
      guard let sum = try follow(&end, &inner, &inside, depth: depth + 1) else {
        throw unsupported(node, "begins a branch that is not added to another one")
      }
      branches.append((inside, sum, inner))
    }
    let sum = branches[0].sum
    guard branches[1].sum == sum, branches[0].shape == branches[1].shape else {
      throw unsupported(file.nodes[sum], "does not add the two branches of a block")
    }
    try use(sum)
    branches.sort { $0.elements.count > $1.elements.count }
    guard !branches[0].elements.isEmpty else { throw unsupported(file.nodes[sum], "adds a value to itself") }
    elements.append(.residual(body: branches[0].elements, shortcut: branches[1].elements))
    shape = branches[0].shape
    return sum
  }

  private mutating func use(_ node: Int) throws {
    guard used.insert(node).inserted else { throw unsupported(file.nodes[node], "is part of a cycle") }
  }

  private func unsupported(_ node: ONNXFile.Operation, _ problem: ErrorText) -> FileError {
    ONNXLayers(file: file).unsupported(node, problem)
  }

  /// Whether a node adds two values that are not constants.
  private func isSum(_ node: ONNXFile.Operation) -> Bool {
    ["Add", "Sum"].contains(node.type) && node.inputs.count == 2
      && node.inputs.allSatisfy { file.constants[$0] == nil }
  }

  /// The product of a value with its sigmoid, if that is what uses it.
  private mutating func silu(_ value: String, _ next: [Int]) throws -> String? {
    guard next.count == 2, let gate = next.first(where: { file.nodes[$0].type == "Sigmoid" }),
      let product = next.first(where: { file.nodes[$0].type == "Mul" }),
      let sigmoid = file.nodes[gate].outputs.first,
      Set(file.nodes[product].inputs) == [value, sigmoid], readers[sigmoid]?.count == 1
    else { return nil }
    try use(gate)
    try use(product)
    return file.nodes[product].outputs.first
  }

  private func shape(
    after kind: any LayerKind, _ node: ONNXFile.Operation, _ input: FeatureShape
  ) throws -> FeatureShape {
    do {
      return try LayerSpecification(kind).output(of: input, classCount: 1)
    } catch {
      throw unsupported(node, "\(error)")
    }
  }

  /// Appends a layer. Rescale layers are joined, and a bias is added to the dense layer before it.
  private static func append(_ layer: ONNXLayer, to elements: inout [Element]) {
    guard let rescale = layer.kind as? RescaleKind, case .layer(var last)? = elements.last else {
      return elements.append(.layer(layer))
    }
    if let before = last.kind as? RescaleKind {
      let joined = before.followed(by: rescale)
      elements[elements.count - 1] = .layer(ONNXLayer(kind: joined))
      if joined == RescaleKind(scale: .all(1), offset: .all(0)) { elements.removeLast() }
    } else if var dense = last.kind as? DenseKind, !dense.hasBias, rescale.scale == .all(1),
      case .each(let biases) = rescale.offset, biases.count == dense.units
    {
      dense.hasBias = true
      last.kind = dense
      last.tensors["bias"] = Tensor(shape: [biases.count], values: biases.map { Float($0) })
      elements[elements.count - 1] = .layer(last)
    } else {
      elements.append(.layer(layer))
    }
  }

  /// Makes a factor of all outputs, such as the temperature in an exported model, a part of the dense layer before it.
  private static func foldLastFactor(_ elements: inout [Element]) {
    guard elements.count > 1, case .layer(let last) = elements[elements.count - 1],
      let rescale = last.kind as? RescaleKind, rescale.offset == .all(0),
      case .all(let factor) = rescale.scale,
      case .layer(var dense) = elements[elements.count - 2], dense.kind is DenseKind
    else { return }
    dense.tensors = dense.tensors.mapValues { tensor in
      Tensor(shape: tensor.shape, values: tensor.values.map { Float(Double($0) * factor) })
    }
    elements.removeLast()
    elements[elements.count - 1] = .layer(dense)
  }

  /// Notes the tensors of elements, and returns their layers.
  private mutating func append(_ elements: [Element], prefix: String) -> [LayerSpecification] {
    elements.enumerated().map { index, element in
      let path = "\(prefix)\(index)"
      switch element {
      case .layer(let layer):
        for (name, tensor) in layer.tensors.sorted(by: { $0.key < $1.key }) {
          tensors.append(("\(path).\(name)", tensor))
        }
        return LayerSpecification(layer.kind)
      case .residual(let body, let shortcut):
        return LayerSpecification(
          ResidualKind(
            body: append(body, prefix: "\(path).body."),
            shortcut: append(shortcut, prefix: "\(path).shortcut.")))
      }
    }
  }
}

extension RescaleKind {
  /// One layer for this one and another one after it.
  fileprivate func followed(by next: RescaleKind) -> RescaleKind {
    RescaleKind(
      scale: Self.join(scale, next.scale) { $0 * $1 },
      offset: Self.join(Self.join(offset, next.scale) { $0 * $1 }, next.offset) { $0 + $1 })
  }

  private static func join(_ one: Factors, _ other: Factors, _ operation: (Double, Double) -> Double)
    -> Factors
  {
    switch (one, other) {
    case (.all(let one), .all(let other)): .all(operation(one, other))
    case (.each(let one), .all(let other)): .each(one.map { operation($0, other) })
    case (.all(let one), .each(let other)): .each(other.map { operation(one, $0) })
    case (.each(let one), .each(let other)): .each(zip(one, other).map(operation))
    }
  }
}

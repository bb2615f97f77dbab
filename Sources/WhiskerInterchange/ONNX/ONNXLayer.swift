import WhiskerCore
import WhiskerNN

/// A layer of an ONNX model, with its tensors by their names in the layer.
struct ONNXLayer {
  var kind: any LayerKind
  var tensors: [String: Tensor] = [:]
}

/// Turns the nodes of an ONNX model into layers. The operators are those of https://onnx.ai/onnx/operators.
struct ONNXLayers {
  let file: ONNXFile

  /// The largest stride and window.
  private static let sizeLimit = 1 << 12

  /// The layer of a node; nil for one that does nothing in inference.
  /// - Parameter input: The shape of its input.
  /// - Throws: `FileError` that names an operator or an attribute that no layer has.
  func layer(of node: ONNXFile.Operation, input: FeatureShape) throws -> ONNXLayer? {
    switch node.type {
    case "Conv": return try convolution(node, input)
    case "Gemm", "MatMul": return try dense(node)
    case "BatchNormalization": return try batchNorm(node)
    case "Relu": return ONNXLayer(kind: ActivationKind.ReLU())
    case "Clip": return try clip(node)
    case "LeakyRelu":
      return ONNXLayer(kind: ActivationKind.LeakyReLU(slope: number(node, "alpha") ?? 0.01))
    case "HardSwish": return ONNXLayer(kind: ActivationKind.HardSwish())
    case "MaxPool":
      return ONNXLayer(kind: try with(MaxPoolKind(size: 1)) { $0.window = try window(node, input) })
    case "AveragePool":
      let window = try window(node, input)
      guard window.padding == .valid || integer(node, "count_include_pad") ?? 0 == 0 else {
        throw unsupported(node, "counts padding in its means")
      }
      return ONNXLayer(kind: with(AveragePoolKind(size: 1)) { $0.window = window })
    case "GlobalAveragePool": return ONNXLayer(kind: GlobalAveragePoolKind())
    case "GlobalMaxPool": return ONNXLayer(kind: GlobalMaxPoolKind())
    case "ReduceMean":
      let axes = try integers(node, "axes", input: 1)
      guard [[2, 3], [-2, -1], [-1, -2], [3, 2]].contains(axes) else {
        throw unsupported(node, "takes the mean over other axes than those of a map")
      }
      return ONNXLayer(kind: GlobalAveragePoolKind())
    // A pool over the whole map already gives a vector.
    case "Flatten", "Reshape", "Squeeze":
      guard case .map = input else { return nil }
      guard try input.count == input.extents[0] || flattens(node, input) else {
        throw unsupported(node, "gives something else than a vector")
      }
      return ONNXLayer(kind: FlattenKind())
    case "Identity", "Dropout": return nil
    case "Add", "Sub", "Mul", "Div": return try rescale(node, input)
    default: throw unsupported(node, "is an operator that Whisker has no layer for")
    }
  }

  func unsupported(_ node: ONNXFile.Operation, _ problem: ErrorText) -> FileError {
    let name = node.name.isEmpty ? node.outputs.first ?? "" : node.name
    return FileError(file.path, "cannot be imported: the node \(name) (\(node.type)) \(problem)")
  }

  private func with<Kind>(_ kind: Kind, _ change: (inout Kind) throws -> Void) rethrows -> Kind {
    var kind = kind
    try change(&kind)
    return kind
  }

  private func convolution(_ node: ONNXFile.Operation, _ input: FeatureShape) throws -> ONNXLayer {
    let weight = try constant(node, 1)
    let size = weight.shape
    guard size.count == 4, case .map = input else { throw unsupported(node, "is no convolution of a map") }
    guard try integers(node, "dilations").allSatisfy({ $0 == 1 }) else {
      throw unsupported(node, "is dilated")
    }
    var kind = ConvolutionKind(filters: size[0], kernel: 1)
    (kind.height, kind.width) = (size[2], size[3])
    (kind.stride, kind.padding) = try stride(node, [size[2], size[3]], input)
    kind.groups = integer(node, "group") ?? 1
    kind.hasBias = node.inputs.count > 2 && !node.inputs[2].isEmpty
    let bias = kind.hasBias ? try constant(node, 2) : nil
    return ONNXLayer(kind: kind, tensors: tensors(weight, bias))
  }

  private func dense(_ node: ONNXFile.Operation) throws -> ONNXLayer {
    let weight = try constant(node, 1)
    guard weight.shape.count == 2, number(node, "alpha") ?? 1 == 1, number(node, "beta") ?? 1 == 1,
      integer(node, "transA") ?? 0 == 0
    else { throw unsupported(node, "is no dense layer") }
    let isTransposed = node.type == "Gemm" && integer(node, "transB") == 1
    let rows = isTransposed ? weight : transposed(weight)
    var kind = DenseKind(units: rows.shape[0])
    kind.hasBias = node.type == "Gemm" && node.inputs.count > 2 && !node.inputs[2].isEmpty
    let bias = kind.hasBias ? try constant(node, 2) : nil
    if let bias, bias.count != rows.shape[0] { throw unsupported(node, "has no bias for each unit") }
    return ONNXLayer(kind: kind, tensors: tensors(rows, bias))
  }

  private func tensors(_ weight: Tensor, _ bias: Tensor?) -> [String: Tensor] {
    ["weight": weight].merging(
      bias.map { ["bias": Tensor(shape: [$0.count], values: $0.values)] } ?? [:]
    ) { $1 }
  }

  private func transposed(_ tensor: Tensor) -> Tensor {
    let (rows, columns) = (tensor.shape[0], tensor.shape[1])
    let result = Tensor(shape: [columns, rows])
    for row in 0..<rows {
      for column in 0..<columns { result[column * rows + row] = tensor[row * columns + column] }
    }
    return result
  }

  private func batchNorm(_ node: ONNXFile.Operation) throws -> ONNXLayer {
    let names = ["weight", "bias", "running_mean", "running_var"]
    var tensors: [String: Tensor] = [:]
    for (index, name) in names.enumerated() { tensors[name] = try constant(node, index + 1) }
    let epsilon = number(node, "epsilon") ?? 1e-5
    guard epsilon > 0 else { return ONNXLayer(kind: try rescale(node, tensors)) }
    var kind = BatchNormKind()
    kind.epsilon = epsilon
    return ONNXLayer(kind: kind, tensors: tensors)
  }

  /// A batch norm that adds nothing to its variances, as a rescale layer. Whisker exports those as such.
  private func rescale(_ node: ONNXFile.Operation, _ tensors: [String: Tensor]) throws -> RescaleKind {
    let values = ["weight", "bias", "running_mean", "running_var"].map {
      tensors[$0]?.values.map(Double.init) ?? []
    }
    guard Set(values.map(\.count)).count == 1, values[3].allSatisfy({ $0 > 0 }) else {
      throw unsupported(node, "has variances that are not positive")
    }
    let scale = zip(values[0], values[3]).map { $0 / $1.squareRoot() }
    let offset = values[1].indices.map { values[1][$0] - values[2][$0] * scale[$0] }
    return RescaleKind(scale: .each(scale), offset: .each(offset))
  }

  private func clip(_ node: ONNXFile.Operation) throws -> ONNXLayer {
    func limit(_ name: String, _ index: Int) throws -> Double? {
      if let limit = number(node, name) { return limit }
      guard node.inputs.count > index, !node.inputs[index].isEmpty else { return nil }
      return try constant(node, index).values.first.map(Double.init)
    }
    switch (try limit("min", 1), try limit("max", 2)) {
    case (0, 6): return ONNXLayer(kind: ActivationKind.ReLU6())
    case (0, nil): return ONNXLayer(kind: ActivationKind.ReLU())
    default: throw unsupported(node, "has other limits than 0 and 6")
    }
  }

  /// The addition or multiplication of a constant, as a rescale layer.
  private func rescale(_ node: ONNXFile.Operation, _ input: FeatureShape) throws -> ONNXLayer {
    guard node.inputs.count == 2, let place = node.inputs.firstIndex(where: { file.constants[$0] != nil }),
      place == 1 || node.type == "Add" || node.type == "Mul"
    else { throw unsupported(node, "joins values in a way that no layer does") }
    let constant = try constant(node, place)
    let (values, channels) = (constant.values.map(Double.init), input.extents[0])
    // ONNX aligns shapes at their ends: the channels of a map come before its rows and columns.
    let axis = constant.shape.count - input.extents.count
    let isPerChannel = values.count == channels && axis >= 0 && constant.shape[axis] == channels
    guard values.count == 1 || isPerChannel else {
      throw unsupported(node, "has neither one number nor one for each of \(counted(channels, "channel"))")
    }
    let number = { (change: (Double) -> Double) -> RescaleKind.Factors in
      values.count == 1 ? .all(change(values[0])) : .each(values.map(change))
    }
    let kind =
      switch node.type {
      case "Add": RescaleKind(scale: .all(1), offset: number { $0 })
      case "Sub": RescaleKind(scale: .all(1), offset: number { -$0 })
      case "Mul": RescaleKind(scale: number { $0 }, offset: .all(0))
      default: RescaleKind(scale: number { 1 / $0 }, offset: .all(0))
      }
    return ONNXLayer(kind: kind)
  }

  /// Whether a node makes the maps of a batch into vectors.
  private func flattens(_ node: ONNXFile.Operation, _ input: FeatureShape) throws -> Bool {
    guard node.type == "Reshape" else { return node.type == "Flatten" && integer(node, "axis") ?? 1 == 1 }
    let shape = try constant(node, 1).values
    return shape.count == 2 && (shape[1] == -1 || shape[1] == Float(input.count))
  }

  private func window(_ node: ONNXFile.Operation, _ input: FeatureShape) throws -> PoolWindow {
    let size = try integers(node, "kernel_shape")
    guard size.count == 2, case .map = input, integer(node, "ceil_mode") ?? 0 == 0,
      try integers(node, "dilations").allSatisfy({ $0 == 1 })
    else { throw unsupported(node, "has windows that no pool has") }
    var window = PoolWindow(size: 1)
    (window.height, window.width) = (size[0], size[1])
    (window.stride, window.padding) = try stride(node, size, input)
    return window
  }

  /// The stride and the padding of windows.
  private func stride(
    _ node: ONNXFile.Operation, _ size: [Int], _ input: FeatureShape
  ) throws -> (Int, ConvolutionKind.Padding) {
    let strides = try integers(node, "strides")
    let stride = strides.first ?? 1
    guard strides.allSatisfy({ $0 == stride }), ([stride] + size).allSatisfy((1...Self.sizeLimit).contains)
    else { throw unsupported(node, "has strides that differ, or are too large") }
    let pads = try integers(node, "pads")
    if case .text(let rule)? = node.attributes["auto_pad"], rule != "NOTSET" {
      guard rule == "SAME_UPPER" || rule == "VALID" else { throw unsupported(node, "is padded by \(rule)") }
      return (stride, rule == "VALID" ? .valid : .same)
    }
    guard pads.contains(where: { $0 != 0 }) else { return (stride, .valid) }
    guard pads.count == 4, pads.allSatisfy((0...Self.sizeLimit).contains) else {
      throw unsupported(node, "is padded by \(pads)")
    }
    // Windows that would only see padding at the end may be missing from the numbers, so the positions decide.
    let axes = zip(input.extents[1...], size).enumerated().map { axis, sides in
      let (extent, size) = sides
      let (before, after) = (pads[axis], pads[axis + 2])
      let count = (extent + before + after - size) / stride + 1
      let same = (extent + stride - 1) / stride
      return (
        isFixed: before == pads[0] && count == (extent + 2 * before - size) / stride + 1,
        isSame: count == same && before == max(0, (same - 1) * stride + size - extent) / 2
      )
    }
    if axes.allSatisfy(\.isFixed) { return (stride, .fixed(pads[0])) }
    guard axes.allSatisfy(\.isSame) else { throw unsupported(node, "is padded by \(pads)") }
    return (stride, .same)
  }

  /// A constant input.
  private func constant(_ node: ONNXFile.Operation, _ index: Int) throws -> Tensor {
    guard node.inputs.count > index, file.constants[node.inputs[index]] != nil else {
      throw unsupported(node, "has an input that is not constant")
    }
    return try file.tensor(node.inputs[index])
  }

  private func integer(_ node: ONNXFile.Operation, _ name: String) -> Int? {
    if case .integers(let values)? = node.attributes[name] { values.first } else { nil }
  }

  private func number(_ node: ONNXFile.Operation, _ name: String) -> Double? {
    if case .float(let value)? = node.attributes[name] { value } else { nil }
  }

  /// The integers of an attribute, or of an input; none if there is neither.
  private func integers(_ node: ONNXFile.Operation, _ name: String, input: Int? = nil) throws -> [Int] {
    if case .integers(let values)? = node.attributes[name] { return values }
    guard let input, node.inputs.count > input else { return [] }
    return try constant(node, input).values.map { value in
      guard let integer = Int(exactly: value) else {
        throw unsupported(node, "has \(name) that are no integers")
      }
      return integer
    }
  }
}

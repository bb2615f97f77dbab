import Foundation
import WhiskerInterchange

/// Runs a graph as the operators' specification says, https://onnx.ai/onnx/operators/, for one sample at a time.
struct ONNXInterpreter {
  struct Unsupported: Error {
    let node: String
  }

  private let graph: ONNXGraph
  private let constants: [String: (shape: [Int], values: [Float])]

  init(_ graph: ONNXGraph) {
    self.graph = graph
    constants = Dictionary(
      uniqueKeysWithValues: graph.initializer.map { tensor in
        // Of the element types FLOAT or INT64.
        let values = tensor.rawData.withUnsafeBytes { bytes in
          tensor.dataType == 7
            ? (0..<bytes.count / 8).map { Float(bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self)) }
            : (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
        }
        return (tensor.name, (tensor.dims.map(Int.init), values))
      })
  }

  func run(_ input: Values) throws -> Values {
    var known = [graph.input[0].name: input]
    for node in graph.node {
      guard node.output.count == 1 else { throw Unsupported(node: node.name) }
      let inputs = node.input.compactMap { known[$0] }
      let constants = node.input.dropFirst(inputs.count).compactMap { self.constants[$0] }
      guard inputs.count + constants.count == node.input.count, !inputs.isEmpty else {
        throw Unsupported(node: node.name)
      }
      known[node.output[0]] =
        try inputs.count > 1 ? combine(node, inputs) : apply(node, to: inputs[0], constants)
    }
    guard let output = known[graph.output[0].name] else { throw Unsupported(node: "output") }
    return output
  }

  private func combine(_ node: ONNXNode, _ inputs: [Values]) throws -> Values {
    switch node.opType {
    case "Add" where inputs.count == 2: return inputs[0].combined(inputs[1], +)
    case "Mul" where inputs.count == 2: return inputs[0].combined(inputs[1], *)
    case "Mean":
      let sum = inputs.dropFirst().reduce(inputs[0]) { $0.combined($1, +) }
      return sum.map { $0 / Double(inputs.count) }
    default: throw Unsupported(node: node.name)
    }
  }

  private func apply(
    _ node: ONNXNode, to x: Values, _ constants: [(shape: [Int], values: [Float])]
  ) throws -> Values {
    let attributes = Attributes(node)
    switch (node.opType, constants.count) {
    case ("Div", 1) where constants[0].shape.isEmpty: return x.map { $0 / Double(constants[0].values[0]) }
    case ("Sub", 1) where constants[0].shape.isEmpty: return x.map { $0 - Double(constants[0].values[0]) }
    case ("Conv", 1...2):
      let windows = try attributes.windows()
      guard windows.size == Array(constants[0].shape.dropFirst(2)) else { break }
      return x.convolved(
        constants[0].values, constants[0].shape, constants.count == 2 ? constants[1].values : nil, windows,
        groups: attributes.integers["group"]?[0] ?? 1)
    case ("MaxPool", 0): return try x.pooled(attributes.windows()) { $0.max() ?? .nan }
    case ("AveragePool", 0) where attributes.integers["count_include_pad"] == nil:
      return try x.pooled(attributes.windows()) { $0.reduce(0, +) / Double($0.count) }
    case ("GlobalAveragePool", 0): return x.pooledGlobally { $0.reduce(0, +) / Double($0.count) }
    case ("GlobalMaxPool", 0): return x.pooledGlobally { $0.max() ?? .nan }
    case ("BatchNormalization", 4):
      return x.normalized(constants.map(\.values), epsilon: attributes.floats["epsilon"] ?? 1e-5)
    case ("Flatten", 0) where attributes.integers["axis"] == [1]: return x.flattened()
    case ("Gemm", 1...2) where attributes.integers == ["transB": [1]]:
      return x.multiplied(
        constants[0].values, units: constants[0].shape[0], constants.count == 2 ? constants[1].values : nil)
    case ("Softmax", 0) where attributes.integers["axis"] == [-1]: return x.softmax()
    case ("Gather", 1) where attributes.integers["axis"] == [3] && constants[0].shape == [x.shape[2]]:
      guard constants[0].values == (0..<x.shape[2]).reversed().map(Float.init) else { break }
      return x.mirrored()
    case ("Clip", 2):
      return x.map { min(max($0, Double(constants[0].values[0])), Double(constants[1].values[0])) }
    default: if let function = attributes.function(node.opType), constants.isEmpty { return x.map(function) }
    }
    throw Unsupported(node: node.name)
  }

  private struct Attributes {
    let name: String
    let integers: [String: [Int]]
    let floats: [String: Double]

    init(_ node: ONNXNode) {
      name = node.name
      let isFloat = { (attribute: ONNXAttribute) in attribute.type == .float }
      integers = Dictionary(
        uniqueKeysWithValues: node.attribute.filter { !isFloat($0) }.map {
          ($0.name, $0.type == .int ? [Int($0.i)] : $0.ints.map { Int($0) })
        })
      floats = Dictionary(
        uniqueKeysWithValues: node.attribute.filter(isFloat).map { ($0.name, Double($0.f)) })
    }

    func windows() throws -> Values.Windows {
      guard let size = integers["kernel_shape"], let strides = integers["strides"], Set(strides).count == 1
      else {
        throw Unsupported(node: name)
      }
      return Values.Windows(size: size, stride: strides[0], padding: integers["pads"] ?? [0, 0, 0, 0])
    }

    func function(_ type: String) -> ((Double) -> Double)? {
      let alpha = floats["alpha"] ?? 0.01
      return switch type {
      case "Relu": { max($0, 0) }
      case "Log": { log($0) }
      case "LeakyRelu": { $0 < 0 ? alpha * $0 : $0 }
      case "Sigmoid": { 1 / (1 + exp(-$0)) }
      case "HardSwish": { $0 * max(0, min(1, $0 / 6 + 0.5)) }
      default: nil
      }
    }
  }
}

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
        let values = tensor.rawData.withUnsafeBytes { bytes in
          (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
        }
        return (tensor.name, (tensor.dims.map(Int.init), values))
      })
  }

  func run(_ input: Values) throws -> Values {
    var known = [graph.input[0].name: input]
    for node in graph.node {
      guard let x = known[node.input[0]], node.output.count == 1 else { throw Unsupported(node: node.name) }
      if node.opType == "Mean" {
        known[node.output[0]] = Self.mean(node.input.compactMap { known[$0] })
        continue
      }
      known[node.output[0]] = try apply(node, to: x, node.input.dropFirst().compactMap { constants[$0] })
    }
    guard let output = known[graph.output[0].name] else { throw Unsupported(node: "output") }
    return output
  }

  private static func mean(_ all: [Values]) -> Values {
    Values(
      shape: all[0].shape,
      all[0].values.indices.map { place in all.reduce(0) { $0 + $1.values[place] } / Double(all.count) })
  }

  private func apply(
    _ node: ONNXNode, to x: Values, _ constants: [(shape: [Int], values: [Float])]
  ) throws -> Values {
    let integers = Dictionary(
      uniqueKeysWithValues: node.attribute.map { ($0.name, $0.type == .int ? [$0.i] : $0.ints) })
    switch (node.opType, constants.count) {
    case ("Div", 1) where constants[0].shape.isEmpty: return x.map { $0 / Double(constants[0].values[0]) }
    case ("Sub", 1) where constants[0].shape.isEmpty: return x.map { $0 - Double(constants[0].values[0]) }
    case ("Conv", 2) where integers["strides"] == [1, 1]:
      guard integers["kernel_shape"] == constants[0].shape.dropFirst(2).map(Int64.init) else { break }
      return x.convolved(constants[0].values, constants[0].shape, constants[1].values)
    case ("MaxPool", 0) where integers["kernel_shape"] == integers["strides"]:
      guard let sides = integers["strides"], sides.count == 2, sides[0] == sides[1] else { break }
      return x.pooled(Int(sides[0]))
    case ("Relu", 0): return x.map { max($0, 0) }
    case ("Flatten", 0) where integers["axis"] == [1]: return x.flattened()
    case ("Gemm", 2) where integers == ["transB": [1]]:
      return x.multiplied(constants[0].values, constants[1].values)
    case ("Softmax", 0) where integers["axis"] == [-1]: return x.softmax()
    default: break
    }
    throw Unsupported(node: node.name)
  }
}

import Foundation
import Testing
import TestSupport
import WhiskerData
import WhiskerInterchange
import WhiskerNN
import WhiskerCore
import WhiskerTraining

/// Weights of residual networks of other frameworks give the logits that these computed. The scripts are
/// References/torch_residual.py and References/keras_residual.py.
@Suite struct ResidualImportTests {
  static let preprocessing = Preprocessing(height: 10, width: 8, colorMode: .rgb)

  @Test func pyTorchsResidualNetworkGivesItsLogits() throws {
    let logits = Self.logits(of: try Self.pyTorchsNetwork())
    try expect(logits, [-2.2525901794433594, -2.815762996673584, 5.17697811126709])
  }

  /// The network of torch_residual.py.
  static func pyTorchsNetwork() throws -> WeightsImport {
    let network = network(
      first: "hard_swish", epsilon: "", same: "1",
      end: #"{"type": "silu"}, {"type": "global_average_pool"}, {"type": "dense", "bias": false}"#)
    var tensors = [("stem.weight", [4, 3, 3, 3]), ("stem.bias", [4])]
    tensors += block("layer1.0", 4, 4) + block("layer2.0", 4, 6)
    tensors.append(("layer2.0.downsample.0.weight", [6, 4, 1, 1]))
    tensors += norm("layer2.0.downsample.1", 6)
    tensors += [("depthwise.weight", [12, 1, 3, 3]), ("depthwise.bias", [12]), ("fc.weight", [3, 12])]
    return try imported(tensors, network, .pytorch)
  }

  @Test func kerassResidualNetworkGivesItsLogits() throws {
    let network = Self.network(
      first: "relu6", epsilon: #", "epsilon": 0.001"#, same: "\"same\"",
      end: #"""
        {"type": "silu"}, {"type": "flatten"}, {"type": "batch_norm", "epsilon": 0.001},
        {"type": "dense", "bias": false}
        """#)
    var tensors = [("conv2d/kernel", [3, 3, 3, 4]), ("conv2d/bias", [4])]
    tensors.append(("conv2d_1/kernel", [3, 3, 4, 4]))
    tensors += Self.kerasNorm("batch_normalization", 4) + [("conv2d_2/kernel", [3, 3, 4, 4])]
    tensors += Self.kerasNorm("batch_normalization_1", 4) + [("conv2d_3/kernel", [3, 3, 4, 6])]
    tensors += Self.kerasNorm("batch_normalization_2", 6)
    tensors += [("conv2d_4/kernel", [3, 3, 6, 6]), ("conv2d_5/kernel", [1, 1, 4, 6])]
    tensors += Self.kerasNorm("batch_normalization_3", 6) + Self.kerasNorm("batch_normalization_4", 6)
    tensors += [("depthwise_conv2d/kernel", [3, 3, 6, 2]), ("depthwise_conv2d/bias", [12])]
    tensors += Self.kerasNorm("batch_normalization_5", 240) + [("dense/kernel", [240, 3])]
    let logits = Self.logits(of: try Self.imported(tensors, network, .keras))
    try expect(logits, [0.7455220222473145, -0.3918818533420563, -1.344977617263794])
  }

  private func expect(_ logits: [Float], _ expected: [Double]) throws {
    #expect(logits.count == expected.count)
    for (found, value) in zip(logits, expected) { #expect(abs(Double(found) - value) < 1e-5, "\(logits)") }
  }

  /// A convolution, two residual blocks and a depthwise convolution.
  private static func network(first: String, epsilon: String, same: String, end: String) -> String {
    func conv(_ filters: Int, _ stride: Int = 1, kernel: Int = 3) -> String {
      let padding = kernel == 1 ? "0" : same
      return """
        {"type": "convolution", "filters": \(filters), "kernel": \(kernel), "stride": \(stride),
         "padding": \(padding), "bias": false}, {"type": "batch_norm"\(epsilon)}
        """
    }
    return """
      {"layers": [
        {"type": "convolution", "filters": 4, "kernel": 3, "padding": \(same)}, {"type": "\(first)"},
        {"type": "residual", "body": [\(conv(4)), {"type": "relu"}, \(conv(4))]}, {"type": "relu"},
        {"type": "residual", "body": [\(conv(6, 2)), {"type": "relu"}, \(conv(6))],
         "shortcut": [\(conv(6, 2, kernel: 1))]},
        {"type": "relu"},
        {"type": "convolution", "filters": 12, "kernel": 3, "padding": \(same), "groups": 6},
        \(end)]}
      """
  }

  private static func block(_ name: String, _ channels: Int, _ filters: Int) -> [(String, [Int])] {
    [("\(name).conv1.weight", [filters, channels, 3, 3])] + norm("\(name).bn1", filters)
      + [("\(name).conv2.weight", [filters, filters, 3, 3])] + norm("\(name).bn2", filters)
  }

  private static func norm(_ name: String, _ channels: Int) -> [(String, [Int])] {
    ["weight", "bias", "running_mean", "running_var"].map { ("\(name).\($0)", [channels]) }
  }

  private static func kerasNorm(_ name: String, _ channels: Int) -> [(String, [Int])] {
    ["gamma", "beta", "moving_mean", "moving_variance"].map { ("\(name)/\($0)", [channels]) }
  }

  /// A network with the values of the scripts.
  private static func imported(_ tensors: [(String, [Int])], _ json: String, _ layout: WeightsLayout) throws
    -> WeightsImport
  {
    let folder = try TemporaryFolder()
    let path = folder.path("weights.safetensors")
    var writer = SafetensorsWriter(metadata: [:])
    for (phase, (name, shape)) in tensors.enumerated() {
      let endings =
        layout == .keras ? ["gamma", "variance"] : shape.count == 1 ? ["weight", "running_var"] : []
      let isFactor = endings.contains { name.hasSuffix($0) }
      let values = (0..<shape.reduce(1, *)).map {
        Float(0.4 * sin(0.7 * Double($0) + Double(phase))) + (isFactor ? 1 : 0)
      }
      writer.add(name, Tensor(shape: shape, values: values))
      if name.hasSuffix("running_var") {
        writer.add(name.replacing("running_var", with: "num_batches_tracked"), Tensor(shape: [1]))
      }
    }
    try writer.write(to: path)
    let names = ["a", "b", "c"]
    let imported = try WeightsImport(
      path,
      into: .init(
        NetworkSpecification(json: Array(json.utf8)), preprocessing: preprocessing, classNames: names))
    #expect(imported.layout == layout)
    return imported
  }

  /// The picture of the scripts.
  static let picture = (0..<preprocessing.sampleSize).map {
    UInt8(truncatingIfNeeded: $0 * 37 + $0 * $0 % 101)
  }

  private static func logits(of imported: WeightsImport) -> [Float] {
    let logits = imported.network.forward(picture, count: 1, pass: .inference)
    return (0..<3).map { logits[$0] }
  }
}

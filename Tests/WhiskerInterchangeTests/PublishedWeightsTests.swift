import Foundation
import TestSupport
import Testing
import WhiskerCore
import WhiskerData
import WhiskerInterchange
import WhiskerNN
import WhiskerTraining

/// The weights of EfficientNet-Lite0 give, for eight photos, the features and logits that PyTorch computed.
@Suite(
  .enabled(if: isOptimized, "\(needsOptimization)"),
  .enabled(if: Fixtures.hasModels, "the published weights are not beside the project"))
struct PublishedWeightsTests {
  private let imported: WeightsImport
  private let reference: SafetensorsReader

  init() throws {
    imported = try WeightsImport(
      Fixtures.models + "/efficientnet-lite0.pth",
      into: .init(
        NetworkPreset.efficientNetLite0.specification,
        preprocessing: Preprocessing(height: 224, width: 224, colorMode: .rgb), classNames: nil))
    reference = try SafetensorsReader(Fixtures.models + "/efficientnet-lite0-reference.safetensors")
  }

  @Test func logitsAreThoseOfPyTorch() throws {
    #expect(imported.classNames == (0..<1000).map(String.init))
    try expect(imported.network, "logits")
  }

  /// The features are the input of the last layer, which the identity shows.
  @Test func featuresAreThoseOfPyTorch() throws {
    let network = try Network(
      imported.network.specification, input: imported.network.inputShape, classCount: 1280, capacity: 1,
      pool: ComputePool(threads: 1), isTrained: false)
    let tensors = Dictionary(
      uniqueKeysWithValues: imported.network.values.map { ($0.name, $0.values.tensor) })
    let last = "\(network.specification.layers.count - 1)."
    for (name, values) in network.values {
      if !name.hasPrefix(last) {
        values.assign(try #require(tensors[name]))
      } else if values.shape.count == 2 {
        let identity = Tensor(shape: values.shape)
        for unit in 0..<1280 { identity[unit * 1280 + unit] = 1 }
        values.assign(identity)
      }
    }
    try expect(network, "features")
  }

  /// Compares the outputs for all photos with a tensor of the reference.
  private func expect(_ network: Network, _ name: String) throws {
    let shape = try #require(reference.shape(of: name))
    let expected = Tensor(shape: shape)
    try reference.copy(name, into: expected)
    try reference.withBytes(of: "images", type: .uint8) { pixels in
      for image in 0..<shape[0] {
        let picture = Array(pixels[image * 150_528..<(image + 1) * 150_528])
        let outputs = network.forward(picture, count: 1, pass: .inference)
        let errors = (0..<shape[1]).map { abs(outputs[$0] - expected[image * shape[1] + $0]) }
        #expect(errors.max() ?? .infinity < 1e-4, "image \(image)")
      }
    }
  }
}

import Foundation
import SwiftProtobuf
import Testing
import WhiskerInterchange
import WhiskerNN
import WhiskerTraining

@Suite struct TemperatureExportTests {
  private let small: SmallModel

  init() throws { small = try SmallModel(NetworkPreset.dropoutCNN.specification, .grayscale) }

  private func model(_ model: Model, temperature: Double) -> Model {
    var scaled = model
    let measure = TemperatureScaling.Measure(loss: 0.5, calibrationError: 0.1)
    scaled.temperature = TemperatureScaling(
      temperature: temperature, samples: 60, before: measure, after: measure, threshold: nil)
    return scaled
  }

  /// The probabilities of the mean of all passes with a temperature: softmax(log p / T).
  private func expect(_ found: Values, _ raw: [Double], temperature: Double) {
    let powers = raw.map { pow($0, 1 / temperature) }
    let expected = powers.map { $0 / powers.reduce(0, +) }
    #expect(found.values.count == expected.count)
    for (one, other) in zip(found.values, expected) { #expect(abs(one - other) < 1e-5) }
    #expect(zip(raw, expected).contains { abs($0 - $1) > 1e-3 })
  }

  private func expectScaled(_ model: Model, _ raw: [[Double]], temperature: Double) throws {
    let graph = try ONNXModel(serializedBytes: ExportFormat.onnx.bytes(of: model)).graph
    let layers = try CoreMLModel(serializedBytes: ExportFormat.coreML.bytes(of: model))
      .neuralNetworkClassifier
    #expect(Set(graph.node.map(\.name)).count == graph.node.count)
    #expect(Set(layers.layers.map(\.name)).count == layers.layers.count)
    #expect(graph.node.last?.opType == "Softmax")
    for index in 0..<SmallModel.count {
      let planes = small.planes(index)
      expect(try ONNXInterpreter(graph).run(planes), raw[index], temperature: temperature)
      expect(try CoreMLInterpreter(layers).run(planes), raw[index], temperature: temperature)
    }
  }

  @Test(arguments: [0.3, 2.5]) func theTemperatureDividesTheLogits(temperature: Double) throws {
    try expectScaled(
      model(small.model, temperature: temperature), small.probabilities, temperature: temperature)
    let mirrored = try small.averagingMirrorImages()
    try expectScaled(
      model(mirrored.model, temperature: temperature), mirrored.probabilities, temperature: temperature)
  }

  @Test func aTemperatureOfOneAddsNothing() throws {
    let scaled = model(small.model, temperature: 1)
    let graphs = try [scaled, small.model].map {
      try ONNXModel(serializedBytes: ExportFormat.onnx.bytes(of: $0)).graph
    }
    #expect(graphs[0] == graphs[1])
  }

  @Test func theMetadataHasTheCalibration() throws {
    let file = try ONNXModel(serializedBytes: ExportFormat.onnx.bytes(of: model(small.model, temperature: 2)))
    let text = try #require(file.metadataProps.first { $0.key == "calibration" }?.value)
    #expect(text.contains(#""temperature":2"#))
    let plain = try ONNXModel(serializedBytes: ExportFormat.onnx.bytes(of: small.model))
    #expect(!plain.metadataProps.contains { $0.key == "calibration" })
  }
}

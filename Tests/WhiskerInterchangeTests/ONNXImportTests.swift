import Foundation
import SwiftProtobuf
import TestSupport
import Testing
import WhiskerCore
import WhiskerData
import WhiskerInterchange
import WhiskerNN
import WhiskerTraining

@Suite struct ONNXImportTests {
  private func imported(_ path: String, _ small: SmallModel) throws -> WeightsImport {
    try WeightsImport(
      path,
      into: .init(
        NetworkPreset.dropoutCNN.specification, preprocessing: small.model.preprocessing, classNames: nil))
  }

  /// The exported graph reads pixels from 0 to 255; its normalisation and Whisker's cancel.
  @Test(arguments: Networks.all, Preprocessing.ColorMode.allCases)
  func anExportedModelComesBackWithItsAnswers(
    _ network: NetworkSpecification, _ colorMode: Preprocessing.ColorMode
  ) throws {
    let small = try SmallModel(network, colorMode)
    let path = try small.folder.write(ExportFormat.onnx.bytes(of: small.model), to: "model.onnx")
    let back = try imported(path, small)
    #expect(back.classNames == ["0", "1", "2"])
    let size = small.model.preprocessing.sampleSize
    for index in 0..<SmallModel.count {
      let picture = Array(small.images[index * size..<(index + 1) * size])
      let logits = back.network.forward(picture, count: 1, pass: .inference)
      let found = SoftmaxCrossEntropy.probabilities(logits, row: 0, classCount: 3)
      for (one, other) in zip(found, small.probabilities[index]) { #expect(abs(one - other) < 1e-5) }
    }
  }

  @Test func theTemperatureOfAnExportedModelBecomesAPartOfTheLastLayer() throws {
    let small = try SmallModel(NetworkPreset.dropoutCNN.specification, .grayscale)
    var model = small.model
    let measure = TemperatureScaling.Measure(loss: 0.5, calibrationError: 0.1)
    model.temperature = .init(temperature: 2.5, samples: 60, before: measure, after: measure, threshold: nil)
    let path = try small.folder.write(ExportFormat.onnx.bytes(of: model), to: "model.onnx")
    let back = try imported(path, small)
    let picture = Array(small.images[..<small.model.preprocessing.sampleSize])
    let logits = back.network.forward(picture, count: 1, pass: .inference)
    let found = SoftmaxCrossEntropy.probabilities(logits, row: 0, classCount: 3)
    let powers = small.probabilities[0].map { pow($0, 1 / 2.5) }
    for (one, other) in zip(found, powers) { #expect(abs(one - other / powers.reduce(0, +)) < 1e-5) }
  }

  @Test func thePicturesOfAModelAreThoseOfItsInput() throws {
    let small = try SmallModel(Networks.linear, .rgb)
    let path = try small.folder.write(ExportFormat.onnx.bytes(of: small.model), to: "model.onnx")
    let input = try #require(try GraphInput(path))
    #expect(input.colorMode == .rgb)
    #expect(
      input.size == .init(height: small.model.preprocessing.height, width: small.model.preprocessing.width))
  }

  @Test func anOperatorThatNoLayerHasIsNamed() throws {
    let small = try SmallModel(Networks.linear, .rgb)
    var model = try ONNXModel(serializedBytes: ExportFormat.onnx.bytes(of: small.model))
    let flatten = try #require(model.graph.node.firstIndex { $0.opType == "Flatten" })
    model.graph.node[flatten].opType = "LSTM"
    let path = try small.folder.write(model.serializedBytes(), to: "model.onnx")
    let error = #expect(throws: FileError.self) { try imported(path, small) }
    #expect(
      error?.problem.description.contains("(LSTM) is an operator that Whisker has no layer for") ?? false)
  }

  /// Damaged bytes are errors or other models, but nothing else.
  @Test func aDamagedModelIsRefusedCleanly() throws {
    let small = try SmallModel(Networks.residual, .grayscale)
    let whole: [UInt8] = try ExportFormat.onnx.bytes(of: small.model)
    var random = RandomStream(seed: 1, purpose: .samples)
    for round in 0..<200 {
      var bytes = round % 2 == 0 ? Array(whole[..<random.next(below: whole.count)]) : whole
      for _ in 0..<8 where bytes.count > 8 {
        bytes[4 + random.next(below: bytes.count - 4)] = UInt8(random.next(below: 256))
      }
      let path = try small.folder.write(bytes, to: "model.onnx")
      do { _ = try imported(path, small) } catch {
        #expect(error is FileError || error is NetworkError, "\(error)")
      }
    }
  }
}

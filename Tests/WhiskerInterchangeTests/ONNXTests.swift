import Foundation
import SwiftProtobuf
import Testing
import WhiskerData
import WhiskerInterchange
import WhiskerNN

@Suite struct ONNXTests {
  private func export(_ small: SmallModel) throws -> ONNXModel {
    try ONNXModel(serializedBytes: ExportFormat.onnx.bytes(of: small.model))
  }

  @Test(arguments: Networks.all, Preprocessing.ColorMode.allCases)
  func theGraphGivesTheProbabilitiesOfTheModel(
    _ network: NetworkSpecification, _ colorMode: Preprocessing.ColorMode
  ) throws {
    let small = try SmallModel(network, colorMode)
    let interpreter = ONNXInterpreter(try export(small).graph)
    for index in 0..<SmallModel.count {
      let found = try interpreter.run(small.planes(index)).values
      #expect(found.count == 3)
      for (one, other) in zip(found, small.probabilities[index]) { #expect(abs(one - other) < 1e-5) }
    }
  }

  @Test(arguments: [Networks.residual, Networks.unusual], Preprocessing.ColorMode.allCases)
  func withFlipTheGraphAveragesThePictureAndItsMirrorImage(
    _ network: NetworkSpecification, _ colorMode: Preprocessing.ColorMode
  ) throws {
    let small = try SmallModel(network, colorMode)
    let (model, probabilities) = try small.averagingMirrorImages()
    let file = try ONNXModel(serializedBytes: ExportFormat.onnx.bytes(of: model))
    #expect(file.metadataProps.first { $0.key == "tta" }?.value == "\"flip\"")
    for names in [file.graph.node.map(\.name), file.graph.initializer.map(\.name)] {
      #expect(Set(names).count == names.count)
    }
    let weights = { (graph: ONNXGraph) in graph.initializer.filter { $0.name.hasSuffix("weight") }.count }
    #expect(weights(file.graph) == (try weights(export(small).graph)))
    let interpreter = ONNXInterpreter(file.graph)
    for index in 0..<SmallModel.count {
      let found = try interpreter.run(small.planes(index)).values
      #expect(found.count == 3 && probabilities[index] != small.probabilities[index])
      for (one, other) in zip(found, probabilities[index]) { #expect(abs(one - other) < 1e-5) }
    }
  }

  @Test func theFileSaysWhatItIs() throws {
    let file = try export(SmallModel(NetworkPreset.dropoutCNN.specification, .rgb))
    #expect(file.irVersion == 8)
    #expect(file.opsetImport.map(\.version) == [17] && file.opsetImport.map(\.domain) == [""])
    #expect(file.producerName == "whisker")
    #expect(file.graph.input.map(\.name) == ["images"])
    #expect(file.graph.output.map(\.name) == ["probabilities"])
    let input = file.graph.input[0].type.tensorType, output = file.graph.output[0].type.tensorType
    #expect(input.elemType == 1 && output.elemType == 1)
    #expect(input.shape.dim.map(\.extent) == [.dimParam("N"), .dimValue(3), .dimValue(15), .dimValue(12)])
    #expect(output.shape.dim.map(\.extent) == [.dimParam("N"), .dimValue(3)])
    #expect(file.graph.input[0].docString.contains("0 to 255"))
    #expect(file.graph.node.map(\.opType).contains("Dropout") == false)
  }

  @Test func theMetadataIsTheModels() throws {
    let small = try SmallModel(NetworkPreset.mnistConvnet.specification, .rgb)
    let metadata = Dictionary(
      uniqueKeysWithValues: try export(small).metadataProps.map { ($0.key, Data($0.value.utf8)) })
    #expect(Set(metadata.keys) == ["class_names", "preprocessing", "network", "training"])
    let decoder = JSONDecoder()
    let names = try decoder.decode([String].self, from: #require(metadata["class_names"]))
    #expect(names == SmallModel.classNames)
    let preprocessing = try decoder.decode(Preprocessing.self, from: #require(metadata["preprocessing"]))
    #expect(preprocessing == small.model.preprocessing)
    let network = try NetworkSpecification(json: Array(#require(metadata["network"])))
    #expect(network == small.model.specification)
  }

  @Test func theWeightsAreTheModelsUnderItsNames() throws {
    let small = try SmallModel(NetworkPreset.deepDropoutCNN.specification, .grayscale, height: 28, width: 28)
    let weights = try export(small).graph.initializer.filter { !$0.name.hasPrefix("normalization") }
    #expect(weights.count == 10)
    for tensor in weights {
      let original = try small.tensor(tensor.name)
      #expect(tensor.dims.map(Int.init) == original.shape)
      #expect(tensor.rawData == original.values.withUnsafeBytes { Data($0) })
    }
  }

  @Test func theSameModelIsTheSameBytes() throws {
    let small = try SmallModel(NetworkPreset.dropoutCNN.specification, .rgb)
    for format in ExportFormat.all {
      #expect(try format.bytes(of: small.model) == format.bytes(of: small.model))
    }
  }
}

import Foundation
import SwiftProtobuf
import Testing
import WhiskerData
import WhiskerInterchange
import WhiskerNN

@Suite struct CoreMLTests {
  private func export(_ small: SmallModel) throws -> CoreMLModel {
    try CoreMLModel(serializedBytes: ExportFormat.coreML.bytes(of: small.model))
  }

  @Test(arguments: Networks.all, Preprocessing.ColorMode.allCases)
  func theLayersGiveTheProbabilitiesOfTheModel(
    _ network: NetworkSpecification, _ colorMode: Preprocessing.ColorMode
  ) throws {
    let small = try SmallModel(network, colorMode)
    let interpreter = CoreMLInterpreter(try export(small).neuralNetworkClassifier)
    for index in 0..<SmallModel.count {
      let found = try interpreter.run(small.planes(index))
      for (one, other) in zip(found.values, small.probabilities[index]) { #expect(abs(one - other) < 1e-5) }
    }
  }

  @Test(arguments: [Networks.residual, Networks.unusual], Preprocessing.ColorMode.allCases)
  func withFlipTheLayersAverageThePictureAndItsMirrorImage(
    _ network: NetworkSpecification, _ colorMode: Preprocessing.ColorMode
  ) throws {
    let small = try SmallModel(network, colorMode)
    let (model, probabilities) = try small.averagingMirrorImages()
    let file = try CoreMLModel(serializedBytes: ExportFormat.coreML.bytes(of: model))
    #expect(file.description_p.metadata.userDefined["tta"] == "\"flip\"")
    let interpreter = CoreMLInterpreter(file.neuralNetworkClassifier)
    for index in 0..<SmallModel.count {
      let found = try interpreter.run(small.planes(index)).values
      for (one, other) in zip(found, probabilities[index]) { #expect(abs(one - other) < 1e-5) }
    }
  }

  @Test func theFileIsAClassifierOfImages() throws {
    let file = try export(SmallModel(NetworkPreset.dropoutCNN.specification, .rgb))
    #expect(file.specificationVersion == 4)
    let image = file.description_p.input[0].type.imageType
    #expect(image.width == 12 && image.height == 15 && image.colorSpace == .rgb)
    #expect(file.description_p.predictedFeatureName == "classLabel")
    #expect(file.description_p.output.map(\.name) == ["classLabel", "probabilities"])
    #expect(file.neuralNetworkClassifier.stringClassLabels.vector == SmallModel.classNames)
    #expect(Set(file.description_p.metadata.userDefined.keys).contains("class_names"))
    #expect(file.description_p.metadata.userDefined["tta"] == nil)
    let gray = try export(SmallModel(NetworkPreset.dropoutCNN.specification, .grayscale))
    #expect(gray.description_p.input[0].type.imageType.colorSpace == .grayscale)
  }
}

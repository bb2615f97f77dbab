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
    let classifier = try export(small).neuralNetworkClassifier
    for index in 0..<SmallModel.count {
      let found = try run(classifier, small.planes(index))
      for (one, other) in zip(found.values, small.probabilities[index]) { #expect(abs(one - other) < 1e-5) }
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
    let gray = try export(SmallModel(NetworkPreset.dropoutCNN.specification, .grayscale))
    #expect(gray.description_p.input[0].type.imageType.colorSpace == .grayscale)
  }

  private struct Unsupported: Error {
    let layer: String
  }

  /// Runs the layers as https://apple.github.io/coremltools/mlmodel/Format/NeuralNetwork.html defines them.
  private func run(_ classifier: CoreMLNeuralNetworkClassifier, _ image: Values) throws -> Values {
    let scaler = classifier.preprocessing[0].scaler
    let channels = image.shape[0], area = image.values.count / channels
    let biases = channels == 1 ? [scaler.grayBias] : [scaler.redBias, scaler.greenBias, scaler.blueBias]
    let pixels = image.values.enumerated().map { index, value in
      Double(scaler.channelScale) * value + Double(biases[index / area])
    }
    var known = [classifier.preprocessing[0].featureName: Values(shape: image.shape, pixels)]
    for layer in classifier.layers {
      guard let x = known[layer.input[0]] else { throw Unsupported(layer: layer.name) }
      known[layer.output[0]] = try apply(layer, to: x)
    }
    return try #require(known[classifier.labelProbabilityLayerName])
  }

  private func apply(_ layer: CoreMLLayer, to x: Values) throws -> Values {
    switch layer.kind {
    case .convolution(let it) where it.stride == [1, 1] && it.nGroups == 1 && it.hasBias_p:
      try checkPadding(it.valid, layer)
      let shape = [Int(it.outputChannels), Int(it.kernelChannels)] + it.kernelSize.map(Int.init)
      return x.convolved(it.weights.floatValue, shape, it.bias.floatValue)
    case .pooling(let it) where it.type == .max && it.kernelSize == it.stride && it.stride[0] == it.stride[1]:
      try checkPadding(it.valid, layer)
      return x.pooled(Int(it.stride[0]))
    case .activation(let it) where it.kind == .relu(.init()): return x.map { max($0, 0) }
    case .flatten(let it) where it.mode == .channelFirst: return x.flattened()
    case .innerProduct(let it) where it.hasBias_p:
      #expect(it.inputChannels == UInt64(x.values.count))
      #expect(it.outputChannels == UInt64(it.bias.floatValue.count))
      return x.multiplied(it.weights.floatValue, it.bias.floatValue)
    case .softmax: return x.softmax()
    default: throw Unsupported(layer: layer.name)
    }
  }

  private func checkPadding(_ padding: CoreMLValidPadding, _ layer: CoreMLLayer) throws {
    guard padding.paddingAmounts.borderAmounts == [.init(), .init()] else {
      throw Unsupported(layer: layer.name)
    }
  }
}

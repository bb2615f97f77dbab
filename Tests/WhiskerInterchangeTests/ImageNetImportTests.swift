import Foundation
import TestSupport
import Testing
import WhiskerCore
import WhiskerData
import WhiskerInterchange
import WhiskerNN

/// Weights of torchvision's and timm's networks give the logits that these computed. The script is
/// References/imagenet_networks.py.
@Suite(.enabled(if: isOptimized, "\(needsOptimization)")) struct ImageNetImportTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let preset: NetworkPreset
    var scheme = StateDictNames.torchvision
    var height = 64
    var width = 72
    let parameters: Int
    let logits: [Double]
    var testDescription: String { "\(preset.rawValue), \(scheme)" }
  }

  static let cases = [
    Case(
      preset: .efficientNetLite0, scheme: .timm, height: 64, width: 64, parameters: 3_377_413,
      logits: [0.059835, -0.046757, -0.041203, -0.236242, -0.007252]),
    Case(
      preset: .efficientNetLite1, scheme: .timm, height: 66, width: 60, parameters: 4_142_085,
      logits: [0.133926, 0.066855, -0.049378, 0.087843, -0.037357]),
    Case(
      preset: .efficientNetLite2, scheme: .timm, height: 65, width: 61, parameters: 4_817_477,
      logits: [0.000509, 0.088524, 0.023284, 0.020906, -0.058381]),
    Case(
      preset: .efficientNetLite3, scheme: .timm, height: 72, width: 88, parameters: 6_922_501,
      logits: [0.056581, -0.065587, 0.333043, 0.026659, -0.117151]),
    Case(
      preset: .efficientNetLite4, scheme: .timm, height: 56, width: 97, parameters: 11_731_973,
      logits: [0.20765, 0.091553, -0.056303, 0.129411, -0.183734]),
    Case(
      preset: .mobileNetV2, parameters: 2_230_277,
      logits: [-0.025264, 0.105782, -0.105844, -0.107221, -0.054034]),
    Case(
      preset: .mobileNetV2, scheme: .timm, parameters: 2_230_277,
      logits: [-0.025264, 0.105782, -0.105844, -0.107221, -0.054034]),
    Case(
      preset: .resnet18, parameters: 11_179_077,
      logits: [-1.290098, 0.031848, -0.107209, -0.09707, 2.103593]),
    Case(
      preset: .resnet34, parameters: 21_287_237,
      logits: [-0.926472, 1.656972, -0.033857, -1.441477, 0.370265]),
    Case(
      preset: .resnet50, parameters: 23_518_277,
      logits: [-0.163856, -0.636412, -0.678766, -0.120538, -0.198709]),
  ]

  @Test(arguments: cases) func aStateDictGivesTheLogitsOfItsNetwork(_ test: Case) throws {
    let preprocessing = Preprocessing(height: test.height, width: test.width, colorMode: .rgb)
    let network = test.preset.specification
    let layers = try network.placedLayers(input: preprocessing.inputShape, classCount: 5)
      .filter { !$0.tensors.isEmpty }
    let names = test.scheme.layers(of: test.preset)
    #expect(layers.count == names.count)
    var entries: [TorchFileWriter.Entry] = []
    for (layer, name) in zip(layers, names) {
      for tensor in layer.tensors {
        let values = Self.values(tensor, phase: entries.count)
        entries.append(("\(name).\(tensor.name)", tensor.shape, values))
      }
    }
    let folder = try TemporaryFolder()
    let path = try folder.write(TorchFileWriter(entries, nest: "state_dict").archive(), to: "w.pth")
    var target = WeightsImport.Target(network, preprocessing: preprocessing, classNames: nil)
    if test.preset == .resnet18 { target.rescale = .imageNet }
    let imported = try WeightsImport(path, into: target)
    #expect(imported.classNames == ["0", "1", "2", "3", "4"])
    #expect(imported.network.parameterCount == test.parameters)
    let picture = (0..<preprocessing.sampleSize).map { UInt8((Self.uniform($0, 12345) + 0.5) * 256) }
    let logits = imported.network.forward(picture, count: 1, pass: .inference)
    for (index, value) in test.logits.enumerated() { #expect(abs(Double(logits[index]) - value) < 2e-5) }
  }

  /// Safetensors have no order of their own.
  @Test(arguments: cases) func publishedNamesAreMatchedWithoutTheOrderOfTheFile(_ test: Case) throws {
    let preprocessing = Preprocessing(height: test.height, width: test.width, colorMode: .rgb)
    let layers = try test.preset.specification
      .placedLayers(input: preprocessing.inputShape, classCount: 5).filter { !$0.tensors.isEmpty }
    let names = test.scheme.layers(of: test.preset)
    var writer = SafetensorsWriter(metadata: [:])
    for (layer, name) in zip(layers, names) {
      for tensor in layer.tensors { writer.add("\(name).\(tensor.name)", Tensor(shape: tensor.shape)) }
    }
    let folder = try TemporaryFolder()
    try writer.write(to: folder.path("w.safetensors"))
    let imported = try WeightsImport(
      folder.path("w.safetensors"),
      into: .init(test.preset.specification, preprocessing: preprocessing, classNames: nil))
    #expect(imported.sources.map(\.weights) == names.map { "\($0).weight" })
  }

  /// A number between -0.5 and 0.5, a hash of an index and a phase.
  private static func uniform(_ index: Int, _ phase: Int) -> Double {
    var x = UInt32(truncatingIfNeeded: index) &* 2_654_435_761 &+ UInt32(truncatingIfNeeded: phase * 40503)
    x = (x ^ x >> 15) &* 2_246_822_519
    x = (x ^ x >> 13) &* 3_266_489_917
    return Double(x ^ x >> 16) / 4_294_967_296 - 0.5
  }

  private static func values(_ tensor: LayerTensor, phase: Int) -> [Float] {
    let isFactor = tensor.shape.count == 1 && ["weight", "running_var"].contains(tensor.name)
    let size = (9 / Double(tensor.shape.dropFirst().reduce(1, *))).squareRoot()
    return (0..<tensor.count).map { index in
      let value = uniform(index, phase)
      return Float(isFactor ? 1 + 0.5 * value : tensor.shape.count == 1 ? 0.2 * value : size * value)
    }
  }
}

/// The names of layers in published state dicts.
enum StateDictNames: Sendable {
  case torchvision, timm

  func layers(of preset: NetworkPreset) -> [String] {
    switch preset {
    case .resnet18: Self.resnet([2, 2, 2, 2], convolutions: 2)
    case .resnet34: Self.resnet([3, 4, 6, 3], convolutions: 2)
    case .resnet50: Self.resnet([3, 4, 6, 3], convolutions: 3)
    case .mobileNetV2: self == .timm ? Self.inverted([1, 2, 3, 4, 3, 3, 1]) : Self.mobileNet
    case .efficientNetLite0: Self.inverted([1, 2, 2, 3, 3, 4, 1])
    case .efficientNetLite1: Self.inverted([1, 3, 3, 4, 4, 5, 1])
    case .efficientNetLite2: Self.inverted([1, 3, 3, 4, 4, 5, 1])
    case .efficientNetLite3: Self.inverted([1, 3, 3, 5, 5, 6, 1])
    case .efficientNetLite4: Self.inverted([1, 4, 4, 6, 6, 8, 1])
    default: []
    }
  }

  private static func resnet(_ counts: [Int], convolutions: Int) -> [String] {
    var names = ["conv1", "bn1"]
    for (group, count) in counts.enumerated() {
      for block in 0..<count {
        let parts = (1...convolutions).flatMap { ["conv\($0)", "bn\($0)"] }
        let isProjected = block == 0 && (group > 0 || convolutions == 3)
        names += (parts + (isProjected ? ["downsample.0", "downsample.1"] : [])).map {
          "layer\(group + 1).\(block).\($0)"
        }
      }
    }
    return names + ["fc"]
  }

  private static var mobileNet: [String] {
    let first = ["conv.0.0", "conv.0.1", "conv.1", "conv.2"]
    let other = ["conv.0.0", "conv.0.1", "conv.1.0", "conv.1.1", "conv.2", "conv.3"]
    let blocks = (1...17).flatMap { block in (block == 1 ? first : other).map { "features.\(block).\($0)" } }
    return ["features.0.0", "features.0.1"] + blocks + ["features.18.0", "features.18.1", "classifier.1"]
  }

  private static func inverted(_ counts: [Int]) -> [String] {
    let first = ["conv_dw", "bn1", "conv_pw", "bn2"]
    let other = ["conv_pw", "bn1", "conv_dw", "bn2", "conv_pwl", "bn3"]
    let blocks = counts.enumerated().flatMap { stage, count in
      (0..<count).flatMap { block in (stage == 0 ? first : other).map { "blocks.\(stage).\(block).\($0)" } }
    }
    return ["conv_stem", "bn1"] + blocks + ["conv_head", "bn2", "classifier"]
  }
}

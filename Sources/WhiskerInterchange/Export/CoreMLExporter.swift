import SwiftProtobuf
import WhiskerData
import WhiskerNN
import WhiskerCore
import WhiskerTraining

extension ExportFormat {
  /// Core ML's neural network classifier, for Apple's platforms.
  public static let coreML = ExportFormat(
    name: "coreml", title: "Core ML", pathExtension: ".mlmodel",
    help: """
      Core ML (.mlmodel) runs on iOS 13, macOS 10.15 and later, also through
      Vision. Input: "image". Outputs: "classLabel" and "probabilities".
      """,
    input: { model in
      let size = model.preprocessing
      return "image, \(size.height)x\(size.width) \(size.colorMode.rawValue)"
    },
    encoded: { try CoreMLExporter($0).bytes() }
  ).repeatingWeights
}

/// A model as a neural network classifier of Core ML: an image in, the class and the probabilities out.
struct CoreMLExporter {
  /// The version of the format, of 2019: iOS 13, macOS 10.15 and later.
  static let formatVersion: Int32 = 4

  static let inputName = "image"
  static let className = "classLabel"
  static let probabilitiesName = "probabilities"

  private let model: Model
  private var classifier = CoreMLNeuralNetworkClassifier()

  /// - Throws: `FileError` when the model is damaged.
  init(_ model: Model) throws {
    self.model = model
    let passes = ExportedPass.all(of: try model.graphs(), model.testTimeAugmentation)
    classifier.preprocessing = [normalization]
    classifier.stringClassLabels.vector = model.classNames
    classifier.labelProbabilityLayerName = Self.probabilitiesName
    var layers = CoreMLLayers()
    let mirrored = model.testTimeAugmentation == .flip ? layers.addMirror(of: Self.inputName) : Self.inputName
    let temperature = model.exportedTemperature
    let outputs = passes.map { pass in
      let logits = layers.add(pass, after: pass.isMirrored ? mirrored : Self.inputName)
      guard passes.count == 1 else { return layers.addSoftmax("\(pass.prefix)softmax", of: logits) }
      let scaled = temperature.map { layers.addDivision(of: logits, by: $0) } ?? logits
      return layers.addSoftmax("\(pass.prefix)softmax", of: scaled, output: Self.probabilitiesName)
    }
    if passes.count > 1 {
      let mean = layers.add(
        "mean", .average(.init()), outputs, output: temperature == nil ? Self.probabilitiesName : nil)
      if let temperature {
        let logits = layers.addDivision(of: layers.addLogarithm(of: mean), by: temperature)
        _ = layers.addSoftmax("calibrated.softmax", of: logits, output: Self.probabilitiesName)
      }
    }
    classifier.layers = layers.layers
  }

  /// The file.
  func bytes() throws -> [UInt8] {
    let metadata = try ModelText.metadata(of: model)
    var options = BinaryEncodingOptions()
    options.useDeterministicOrdering = true
    return try CoreMLModel.with {
      $0.specificationVersion = Self.formatVersion
      $0.description_p = description
      $0.description_p.metadata.shortDescription = ModelText.summary(of: model)
      $0.description_p.metadata.versionString = Version.current
      $0.description_p.metadata.userDefined = Dictionary(uniqueKeysWithValues: metadata.map { ($0, $1) })
      $0.neuralNetworkClassifier = classifier
    }.serializedBytes(options: options)
  }

  private var description: CoreMLDescription {
    .with {
      $0.input = [
        .with {
          $0.name = Self.inputName
          $0.shortDescription = "A picture, \(model.preprocessing)"
          $0.type.imageType = imageType
        }
      ]
      $0.output = [
        .with {
          $0.name = Self.className
          $0.shortDescription = "The class that is most probable"
          $0.type.stringType = .init()
        },
        .with {
          $0.name = Self.probabilitiesName
          $0.shortDescription = "The probability of every class"
          $0.type.dictionaryType.stringKeyType = .init()
        },
      ]
      $0.predictedFeatureName = Self.className
      $0.predictedProbabilitiesName = Self.probabilitiesName
    }
  }

  private var imageType: CoreMLImageType {
    .with {
      ($0.width, $0.height) = (Int64(model.preprocessing.width), Int64(model.preprocessing.height))
      $0.colorSpace = model.preprocessing.colorMode == .rgb ? .rgb : .grayscale
    }
  }

  private var normalization: CoreMLPreprocessing {
    let normalization = Preprocessing.Normalization.standard
    let shift = Float(normalization.shift)
    return .with {
      $0.featureName = Self.inputName
      $0.scaler.channelScale = 1 / Float(normalization.divisor)
      ($0.scaler.redBias, $0.scaler.greenBias, $0.scaler.blueBias) = (shift, shift, shift)
      $0.scaler.grayBias = shift
    }
  }
}

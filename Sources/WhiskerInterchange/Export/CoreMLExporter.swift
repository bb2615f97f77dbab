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
    encoded: { try CoreMLExporter($0).bytes() })
}

/// A model as a neural network classifier of Core ML: an image in, the class and the probabilities out.
///
/// The layers and their parameters: https://apple.github.io/coremltools/mlmodel/Format/NeuralNetwork.html
struct CoreMLExporter {
  /// The version of the format, of 2019: iOS 13, macOS 10.15 and later.
  static let formatVersion: Int32 = 4

  static let inputName = "image"
  static let className = "classLabel"
  static let probabilitiesName = "probabilities"

  private let model: Model
  private let layers: [ModelLayer]
  private var classifier = CoreMLNeuralNetworkClassifier()
  /// The name of the value that is the next layer's input.
  private var current = inputName

  /// - Throws: `FileError` when the model is damaged, or an ensemble: this version of the format has no mean.
  init(_ model: Model) throws {
    self.model = model
    guard model.memberCount == nil else {
      throw FileError(
        model.path, "is an ensemble, which Core ML cannot represent",
        advice: "Export it with \(Setting.format) onnx, or export one of its members")
    }
    layers = try ModelLayer.layers(of: model)
    classifier.preprocessing = [normalization]
    classifier.stringClassLabels.vector = model.classNames
    classifier.labelProbabilityLayerName = Self.probabilitiesName
    for layer in layers { add(layer) }
    addLayer("softmax", .softmax(.init()), output: Self.probabilitiesName)
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

  private mutating func add(_ layer: ModelLayer) {
    switch layer.specification {
    case .convolution:
      addLayer("\(layer.index).convolution", .convolution(convolution(layer.requiredParameters)))
    case .maxPool(let size): addLayer("\(layer.index).max_pool", .pooling(.maximum(size)))
    case .relu: addLayer("\(layer.index).relu", .activation(.with { $0.relu = .init() }))
    case .flatten: addLayer("\(layer.index).flatten", .flatten(.with { $0.mode = .channelFirst }))
    case .dense, .dropConnect:
      addLayer("\(layer.index).dense", .innerProduct(innerProduct(layer.requiredParameters)))
    // Dropout is the identity at inference.
    case .dropout, .spatialDropout, .gaussianDropout: break
    }
  }

  private func convolution(_ parameters: ModelLayer.Parameters) -> CoreMLConvolution {
    let shape = parameters.weights.shape.map(UInt64.init)
    return .with {
      ($0.outputChannels, $0.kernelChannels, $0.nGroups) = (shape[0], shape[1], 1)
      ($0.kernelSize, $0.stride, $0.dilationFactor) = ([shape[2], shape[3]], [1, 1], [1, 1])
      $0.valid = .withoutPadding
      $0.hasBias_p = true
      $0.weights.floatValue = parameters.weights.values
      $0.bias.floatValue = parameters.biases.values
    }
  }

  private func innerProduct(_ parameters: ModelLayer.Parameters) -> CoreMLInnerProduct {
    .with {
      $0.outputChannels = UInt64(parameters.weights.shape[0])
      $0.inputChannels = UInt64(parameters.weights.shape[1])
      $0.hasBias_p = true
      $0.weights.floatValue = parameters.weights.values
      $0.bias.floatValue = parameters.biases.values
    }
  }

  /// Adds a layer after the last one.
  private mutating func addLayer(_ name: String, _ kind: CoreMLLayer.OneOf_Kind, output: String? = nil) {
    let output = output ?? name
    classifier.layers.append(
      .with {
        $0.name = name
        $0.input = [current]
        $0.output = [output]
        $0.kind = kind
      })
    current = output
  }
}

extension CoreMLPooling {
  /// The maximum over windows side by side; an incomplete window at the edge is dropped.
  fileprivate static func maximum(_ size: Int) -> CoreMLPooling {
    .with {
      $0.type = .max
      ($0.kernelSize, $0.stride) = ([UInt64(size), UInt64(size)], [UInt64(size), UInt64(size)])
      $0.valid = .withoutPadding
    }
  }
}

extension CoreMLValidPadding {
  /// Nothing added at the edges of either side.
  fileprivate static let withoutPadding = CoreMLValidPadding.with {
    $0.paddingAmounts.borderAmounts = [.init(), .init()]
  }
}

import WhiskerCore
import WhiskerData
import WhiskerNN
import WhiskerTraining

/// The description of a model in the metadata of a file that Whisker wrote: a model file, or an ONNX model that it exported.
public struct OwnModel: Sendable {
  /// The layers; nil for an ONNX model, which has them in its graph.
  public let network: NetworkSpecification?
  /// The classes, in the order of the outputs.
  public let classNames: [String]
  /// The preprocessing of its pictures.
  public let preprocessing: Preprocessing
  /// Where its weights come from, and their licence.
  public let source: String?
  public let license: String?
  /// The temperature of its probabilities; nil if none is known, or if an export has it in the weights.
  package let temperature: TemperatureScaling?

  /// - Returns: Nil for a file of another program, for an ONNX model without a description, and for a file that cannot be read.
  /// - Throws: `FileError` when the metadata is damaged.
  public init?(_ path: String) throws {
    guard let contents = try? FileContents(mapping: path) else { return nil }
    guard ONNXFile.recognizes(contents) else {
      guard Model.isModel(path) else { return nil }
      let model = try Model(path)
      (network, classNames, preprocessing) = (model.specification, model.classNames, model.preprocessing)
      (source, license, temperature) = (model.summary.source, model.summary.license, model.temperature)
      return
    }
    let file = try ONNXFile(contents, path: path)
    guard file.isOwn, ["class_names", "preprocessing"].allSatisfy({ file.metadata[$0] != nil }) else {
      return nil
    }
    func value<Value: Decodable>(_ key: String) throws -> Value {
      guard let text = file.metadata[key], let value = try? StableJSON.decode(Value.self, from: text) else {
        throw FileError(path, "is damaged: its metadata \(key) cannot be read")
      }
      return value
    }
    classNames = try value("class_names")
    preprocessing = try value("preprocessing")
    var summary: Model.TrainingSummary?
    if file.metadata["training"] != nil { summary = try value("training") as Model.TrainingSummary }
    (network, temperature, source, license) = (nil, nil, summary?.source, summary?.license)
    guard (1...Model.classLimit).contains(classNames.count), Set(classNames).count == classNames.count,
      (classNames + [source, license].compactMap(\.self)).allSatisfy(isPrintable),
      preprocessing.features == nil
    else { throw FileError(path, "is damaged: its metadata describes no classifier of pictures") }
  }
}

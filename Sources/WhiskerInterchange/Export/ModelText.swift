import WhiskerCore
import WhiskerTraining

/// Descriptions of a model that exported files contain.
enum ModelText {
  /// A summary of the model in one line.
  static func summary(of model: Model) -> String {
    "An image classifier with \(counted(model.classNames.count, "class", "classes")), trained by Whisker. Input: "
      + "\(model.preprocessing)."
  }

  /// The channels of a pixel.
  static func pixels(of model: Model) -> String {
    model.preprocessing.channels == 1 ? "gray" : "red, green and blue"
  }

  /// The metadata of a model file, as JSON by key.
  static func metadata(of model: Model) throws -> [(key: String, value: String)] {
    [
      ("class_names", try StableJSON.line(model.classNames)),
      ("network", try StableJSON.line(model.specification)),
      ("preprocessing", try StableJSON.line(model.preprocessing)),
      ("training", try StableJSON.line(model.summary)),
    ] + (try model.temperature.map { [("calibration", try StableJSON.line($0))] } ?? [])
      + (try model.testTimeAugmentation.map { [("tta", try StableJSON.line($0.rawValue))] } ?? [])
  }
}

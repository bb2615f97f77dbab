import WhiskerTensor
import WhiskerTraining

/// What an exported file tells about its model in words.
enum ModelText {
  /// A line that says what the model is.
  static func summary(of model: Model) -> String {
    "An image classifier with \(counted(model.classNames.count, "class", "classes")), trained by Whisker. Input: "
      + "\(model.preprocessing)."
  }

  /// What the channels of a pixel are.
  static func pixels(of model: Model) -> String {
    model.preprocessing.channels == 1 ? "gray" : "red, green and blue"
  }

  /// The texts that a model file carries, as JSON, by key.
  static func metadata(of model: Model) throws -> [(key: String, value: String)] {
    [
      ("class_names", try StableJSON.line(model.classNames)),
      ("network", try StableJSON.line(model.specification)),
      ("preprocessing", try StableJSON.line(model.preprocessing)),
      ("training", try StableJSON.line(model.summary)),
    ]
  }
}

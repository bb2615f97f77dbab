import TestSupport

/// A backbone of six features that is trained in a moment, and pictures to train a head on.
enum SmallBackbone {
  /// The pictures that it is trained on.
  static let pictures = Fixtures.samples + "/cats-dogs"

  static let layers = """
    [{"type": "convolution", "filters": 6, "kernel": 3, "stride": 2}, {"type": "batch_norm"}, {"type": "relu"},
     {"type": "spatial_dropout", "rate": 0.2},
     {"type": "residual", "body": [{"type": "convolution", "filters": 6, "kernel": 3, "padding": "same"}]},
     {"type": "global_average_pool"}, {"type": "dropout", "rate": 0.2}, {"type": "dense"}]
    """

  /// Writes 79 pictures of two classes and an unreadable one to "data", and the layers to "layers.json".
  static func prepare(_ folder: TemporaryFolder, layers: String = layers) throws {
    try SmallSets.makeFolder("data", classes: ["a", "b"], each: 40, in: folder)
    try folder.write(Array("text".utf8), to: "data/a/7.png")
    try folder.write(Array(#"{"layers": \#(layers)}"#.utf8), to: "layers.json")
  }

  /// The command that trains it.
  static func training(_ name: String = "backbone", _ options: [String] = []) -> [String] {
    [
      "train", pictures, "--network", "layers.json", "--image-size", "20", "--color-mode", "rgb", "--epochs",
      "1",
    ]
      + options + ["-o", name]
  }
}

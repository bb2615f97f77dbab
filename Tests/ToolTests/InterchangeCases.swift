import Foundation
import TestSupport
import Testing
import WhiskerNN

extension ToolTests.Interchange {
  static let ensemble = "gray+ensemble"

  /// Trains every preset on drawn pictures, gray and coloured, a network with every kind of dropout and an ensemble of two
  /// of it, and writes their answers to other pictures, real ones where there are some: the pixels into
  /// `gray.safetensors`, the runs into `gray+dropout-cnn`, and the answers into `gray+dropout-cnn.csv`. Returns the runs.
  /// - Parameter augmentation: Options of `predict`.
  func prepare(augmentation: [String] = []) async throws -> [String] {
    let photos = try realPhotos()
    let digits = Fixtures.hasMNIST ? Fixtures.mnist : Fixtures.samples + "/digits"
    let images = try #require(
      try FileManager.default.contentsOfDirectory(atPath: digits).first { $0.hasPrefix("t10k-images") })
    let sets = [
      ("gray", "\(digits)/\(images)", Fixtures.samples + "/digits", ["--color-mode", "grayscale"]),
      ("rgb", photos, Fixtures.samples + "/cats-dogs", ["--color-mode", "rgb", "--image-size", "24x30"]),
    ]
    var models: [String] = []
    for (name, pictures, training, options) in sets {
      try await done(["preprocess", pictures, "-o", "\(name).safetensors"] + options)
      for network in NetworkPreset.allCases.filter({ $0.pictureSide == nil }).map(\.rawValue) {
        let model = "\(name)+\(network)"
        try await done(["train", training, "--network", network, "--epochs", "1", "-o", model] + options)
        models.append(model)
      }
    }
    try folder.write(Array(Self.kinds.utf8), to: "kinds.json")
    try folder.write(Array(Self.residual.utf8), to: "residual.json")
    let others = [
      ("gray+kinds", ["kinds.json"]), (Self.ensemble, ["kinds.json", "--seeds", "2", "--ensemble"]),
      ("gray+residual", ["residual.json"]),
    ]
    for (model, options) in others {
      let all = ["train", Fixtures.samples + "/digits", "--epochs", "8", "-o", model, "--network"] + options
      try await done(all)
      models.append(model)
    }
    for model in models {
      let name = model.prefix { $0 != "+" }
      let options = ["predict", model, "\(name).safetensors", "--format", "csv"] + augmentation
      let answers = try await ToolRun(options, in: folder).finish()
      #expect(answers.status == 0, "\(answers.errors)")
      try folder.write(Array(answers.output.utf8), to: "\(model).csv")
    }
    return models
  }

  private static let kinds = """
    {"layers": [{"type": "gaussian_dropout", "rate": 0.1}, {"type": "convolution", "filters": 12, "kernel": 5},
      {"type": "relu"}, {"type": "max_pool", "size": 2}, {"type": "spatial_dropout", "rate": 0.1},
      {"type": "flatten"}, {"type": "drop_connect", "units": 37, "rate": 0.2}, {"type": "relu"},
      {"type": "dropout", "rate": 0.2}, {"type": "drop_connect", "rate": 0.1}]}
    """

  private static let residual = """
    {"layers": [{"type": "convolution", "filters": 6, "kernel": 3, "stride": 2, "padding": "same", "bias": false},
      {"type": "batch_norm"}, {"type": "silu"}, {"type": "max_pool", "size": 3, "stride": 1, "padding": 1},
      {"type": "residual", "drop_rate": 0.1, "body": [
        {"type": "convolution", "filters": 6, "kernel": 3, "padding": 1, "groups": 6, "bias": false},
        {"type": "batch_norm"}, {"type": "relu6"}, {"type": "convolution", "filters": 6, "kernel": 1}]},
      {"type": "leaky_relu", "slope": 0.1},
      {"type": "residual",
        "body": [{"type": "convolution", "filters": 8, "kernel": [3, 2], "stride": 2, "padding": "same"}],
        "shortcut": [{"type": "average_pool", "size": 3, "stride": 2, "padding": "same"},
          {"type": "convolution", "filters": 8, "kernel": 1, "bias": false}, {"type": "batch_norm"}]},
      {"type": "hard_swish"}, {"type": "max_pool", "size": 3, "stride": 2, "padding": "same"},
      {"type": "convolution", "filters": 8, "kernel": 1, "groups": 2},
      {"type": "residual", "body": [{"type": "relu"}]},
      {"type": "global_average_pool"}, {"type": "batch_norm"}, {"type": "dense", "bias": false}]}
    """

  /// A folder of a few photos of each class, or else the drawn ones.
  private func realPhotos() throws -> String {
    guard Fixtures.hasPhotos else { return Fixtures.samples + "/cats-dogs/test" }
    let files = FileManager.default
    for name in ["cat", "dog"] {
      let found = (files.enumerator(atPath: Fixtures.photos)?.allObjects as? [String] ?? []).sorted()
        .filter { $0.lowercased().contains(name) && $0.hasSuffix(".jpg") }.prefix(30)
      for (number, path) in found.enumerated() {
        let photo = try Data(contentsOf: URL(fileURLWithPath: "\(Fixtures.photos)/\(path)"))
        try folder.write([UInt8](photo), to: "photos/\(name)/\(number).jpg")
      }
    }
    return "photos"
  }

  func done(_ arguments: String...) async throws { try await done(arguments) }

  func done(_ arguments: [String]) async throws {
    let run = try await ToolRun(arguments, in: folder).finish()
    #expect(run.status == 0, "\(arguments) \(run.story)")
  }

  /// Runs a program in the folder. `cases()` gives what `prepare` wrote, pixels `[N, height, width, channels]`.
  func python(_ program: String) throws -> String {
    try Python.run(
      """
      import csv, glob, json, os, sys
      import numpy as np
      from safetensors.numpy import load_file
      os.chdir('\(folder.path)')
      def cases():
          for answers in sorted(glob.glob('*+*.csv')):
              name = answers[:-4]
              pixels = load_file(name.split('+')[0] + '.safetensors')['images']
              if pixels.ndim == 3: pixels = pixels[..., None]
              rows = list(csv.reader(open(answers)))
              yield name, pixels, np.array([[float(value) for value in row[3:-1]] for row in rows[1:]])
      def compare(name, found, expected):
          assert found.shape == expected.shape and len(found) > 0, (name, found.shape, expected.shape)
          assert abs(found - expected).max() < 1e-5, (name, abs(found - expected).max())
          print(name, abs(found - expected).max())

      """ + program)
  }
}

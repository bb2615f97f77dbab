import TestSupport
import WhiskerData
import WhiskerNN
import WhiskerCore
import WhiskerTraining

/// Model files, from the path to a network with their weights. The header length is corrected as in `SafetensorsTarget`.
struct ModelTarget: FuzzTarget {
  let name = "model"
  let maximumLength = 16384

  var words: [[UInt8]] {
    (SafetensorsTarget().words + NetworkTarget().words)
      + [
        #"\"color_mode\":\"rgb\""#, #"\"height\":"#, #"\"width\":"#, #"\"resize\":\"area\""#,
        "whisker.classes",
        "whisker.network", "whisker.training", "whisker.calibration",
        #"\"temperature\":"#, #"\"threshold\":"#, #"\"probability\":"#, "whisker.preprocessing", "optimizer.",
        "0.weight", "0.bias",
      ].map { Array($0.utf8) }
  }

  func check(_ bytes: [UInt8]) throws -> FuzzOutcome {
    let outcome = try read(bytes)
    return outcome == .accepted ? outcome : try read(SafetensorsLength.repaired(bytes))
  }

  private func read(_ bytes: [UInt8]) throws -> FuzzOutcome {
    let file = try ScratchFile(bytes)
    return try FuzzOutcome {
      let model = try Model(file.path)
      let texts = model.classNames + [model.summary.whisker, model.specification.json]
      try Defect.unless(texts.allSatisfy(isPrintable), "a text that cannot be printed: \(texts)")
      let run = NetworkRun(
        specification: model.specification, input: model.inputShape, classCount: model.classNames.count)
      try run.check(.sampling(seed: 1, picture: 1, first: 0)) { try model.members(capacity: $0, pool: $1)[0] }
      if model.memberCount == nil { try checkBackbone(file.path) }
    }
  }

  /// A model need not have a backbone, but says so.
  private func checkBackbone(_ path: String) throws {
    do {
      _ = try Backbone(path)
    } catch is FileError {}
  }

  func seeds() throws -> [[UInt8]] {
    let sets: [(layers: [LayerSpecification], Preprocessing)] = [
      ([.flatten, .dense(units: nil)], Preprocessing(height: 3, width: 2)),
      (
        [
          .convolution(filters: 2, kernel: 3), .relu, .maxPool(size: 2), .dropout(rate: 0.25), .flatten,
          .dense(units: 3), .relu, .dense(units: nil),
        ], Preprocessing(height: 6, width: 7, colorMode: .rgb, aspect: .pad)
      ),
    ]
    return try sets.map { try seed($0.layers, $0.1) }
  }

  private func seed(_ layers: [LayerSpecification], _ preprocessing: Preprocessing) throws -> [UInt8] {
    let network = try Network(
      NetworkSpecification(layers: layers), input: preprocessing.inputShape, classCount: 2, capacity: 1,
      pool: ComputePool(threads: 1))
    network.initialize(seed: 1)
    let folder = try TemporaryFolder()
    let file = folder.path("model.safetensors")
    let measure = TemperatureScaling.Measure(loss: 0.5, calibrationError: 0.1)
    try Model.write(
      .init(
        network: network, classNames: ["cat", "dog"], preprocessing: preprocessing,
        temperature: .init(
          temperature: 1.5, samples: 80, before: measure, after: measure,
          threshold: .init(probability: 0.75, coverage: 0.5, accuracy: 0.96))),
      .init(seed: 1, steps: 2, report: nil), to: file)
    return try FileBytes.read(file, limit: 1 << 20)
  }
}

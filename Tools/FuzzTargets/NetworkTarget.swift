import WhiskerData
import WhiskerNN
import WhiskerCore
import WhiskerTraining

/// Networks as JSON: parsed, checked and, if small, run.
struct NetworkTarget: FuzzTarget {
  let name = "network"
  let maximumLength = 4096

  var words: [[UInt8]] {
    let names = [
      "layers", "type", "filters", "kernel", "size", "rate", "units", "stride", "padding", "groups", "bias",
      "body",
      "shortcut", "drop_rate", "trainable", "momentum", "epsilon", "slope",
    ].map { "\"\($0)\":" }
    let types = (LayerSpecification.types + ["same", "valid"]).map { "\"\($0)\"" }
    return (names + types + [#"{"type":"relu"},"#, #"{"type":"flatten"},"#, "1048576", "0.999"]).map {
      Array($0.utf8)
    }
  }

  func check(_ bytes: [UInt8]) throws -> FuzzOutcome {
    try FuzzOutcome {
      let specification = try NetworkSpecification(json: bytes)
      try comesBack(specification)
      let largest = NetworkRun(
        specification: specification,
        input: Preprocessing(height: 4096, width: 4096, colorMode: .rgb).inputShape,
        classCount: 10_000)
      _ = try FuzzOutcome { _ = try largest.memory(capacity: 1 << 20, threads: 64) }
      let run = NetworkRun(
        specification: specification, input: .map(channels: 1, height: 12, width: 11), classCount: 3)
      try run.check(.training(seed: 1, step: 1)) {
        try Network(specification, input: run.input, classCount: 3, capacity: $0, pool: $1)
      }
    }
  }

  private func comesBack(_ specification: NetworkSpecification) throws {
    let again = try NetworkSpecification(json: Array(specification.json.utf8))
    try Defect.unless(again == specification, "the network changes when it is encoded and decoded")
  }

  func seeds() throws -> [[UInt8]] {
    let small = [
      #"{"layers": [{"type": "flatten"}, {"type": "dense"}]}"#,
      #"{"layers": [{"type": "convolution", "filters": 5, "kernel": 4}, {"type": "max_pool", "size": 3}, "#
        + #"{"type": "relu"}, {"type": "dropout", "rate": 0.5}, {"type": "flatten"}, {"type": "dense", "units": 3}]}"#,
      #"{"layers": [{"type": "gaussian_dropout", "rate": 0.1}, {"type": "spatial_dropout", "rate": 0.2}, "#
        + #"{"type": "flatten"}, {"type": "drop_connect", "units": 3, "rate": 0.5}]}"#,
      #"{"layers": [{"type": "convolution", "filters": 4, "kernel": [3, 2], "stride": 2, "padding": "same", "bias": false}, "#
        + #"{"type": "batch_norm"}, {"type": "silu"}, {"type": "residual", "drop_rate": 0.5, "body": [{"type": "convolution", "#
        + #""filters": 4, "kernel": 3, "padding": 1, "groups": 2}], "shortcut": [{"type": "leaky_relu", "slope": 0.2}]}, "#
        + #"{"type": "average_pool", "size": 3, "stride": 1, "padding": 1}, {"type": "global_max_pool"}, {"type": "dense"}]}"#,
    ]
    // The deeper networks need larger pictures.
    let presets: [NetworkPreset] = [.dropoutCNN, .mnistConvnet, .digits]
    return (small + presets.map(\.specification.json)).map { Array($0.utf8) }
  }
}

import Testing
import WhiskerNN

@Suite struct NetworkSpecificationTests {
  private let input = FeatureShape.map(channels: 1, height: 28, width: 28)

  private func message(_ json: String) -> String {
    do {
      _ = try NetworkSpecification(json: Array(json.utf8)).shapes(input: input, classCount: 10)
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test(arguments: NetworkPreset.allCases)
  func presetsSurviveJSON(_ preset: NetworkPreset) throws {
    let specification = preset.specification
    #expect(try NetworkSpecification(json: Array(specification.json.utf8)) == specification)
  }

  @Test func shapesFollowTheLayers() throws {
    let shapes = try NetworkPreset.dropoutCNN.specification.shapes(input: input, classCount: 10)
    #expect(
      shapes.map(\.description) == [
        "32x26x26", "32x26x26", "32x13x13", "32x13x13", "5408", "128", "128", "128", "10",
      ])
  }

  @Test(arguments: [
    (#"{"layers": []}"#, "no layers"),
    (#"{"layers": [{"type": "lstm"}]}"#, "layer 1: unknown layer type \"lstm\""),
    (#"{"layers": [{"type": "\u001b[2J"}]}"#, #"unknown layer type "\x1b[2J""#),
    (#"{"layers": [{"type": "dense", "unit": 3}]}"#, "has no option \"unit\""),
    (#"{"layers": [{"type": "flatten"}, {"type": "dense", "units": 9}]}"#, "10 units, one per class"),
    (#"{"layers": [{"type": "dense"}]}"#, "put a flatten layer before it"),
    (
      #"{"layers": [{"type": "flatten"}, {"type": "convolution", "filters": 1, "kernel": 3}]}"#,
      "needs a feature map"
    ),
    (#"{"layers": [{"type": "convolution", "filters": 8, "kernel": 29}]}"#, "does not fit into 28x28"),
    (#"{"layers": [{"type": "convolution", "filters": 0, "kernel": 3}]}"#, "at least one filter"),
    (#"{"layers": [{"type": "convolution", "filters": 8}]}"#, "\"kernel\" is missing"),
    (#"{"layers": [{"type": "dropout", "rate": 1.0}]}"#, "not between 0 and"),
    (#"{"layers": [{"type": "max_pool", "size": -1}]}"#, "a size and a stride of at least 1"),
    (#"{"layers": [{"type": "flatten"}, {"type": "dense", "units": 9223372036854775807}]}"#, "a number over"),
    (
      #"{"layers": [{"type": "flatten"}, {"type": "dense", "units": 1000000}, {"type": "dense", "units": 1000000}]}"#,
      "brings the network over the limit of"
    ),
    (
      #"{"layers": [{"type": "convolution", "filters": 1, "kernel": 1, "stride": 1048576}]}"#,
      "a stride of more than 64"
    ),
    (#"{"layers": [{"type": "batch_norm", "epsilon": 1e-300}]}"#, "an epsilon"),
    (
      #"{"layers": [{"type": "rescale", "scale": [1, 2, 3]}]}"#,
      "has a scale of 3 numbers, but its input has 1 channel"
    ),
    (#"{"layers": [{"type": "rescale", "offset": 1e300}]}"#, "an offset that is not between"),
    (#"{"layers": "#, "line 1, column 12"),
    (#"[]"#, "type"),
  ])
  func aNetworkThatCannotBeIsRefusedWithTheReason(_ json: String, _ reason: String) {
    #expect(message(json).contains(reason), "\(message(json))")
  }

  @Test(
    "Sizes inside a residual block whose product overflows are an error, and so are too many layers inside one"
  )
  func hugeResidualBlocksAreRefused() {
    let huge = """
      {"layers": [{"type": "residual", "body": [{"type": "convolution", "filters": 262144, "kernel": 28}, \
      {"type": "convolution", "filters": 1048576, "kernel": 1048576, "padding": 524288}, \
      {"type": "convolution", "filters": 1, "kernel": 2}], "shortcut": \
      [{"type": "convolution", "filters": 1, "kernel": 28}]}, {"type": "flatten"}, {"type": "dense"}]}
      """
    #expect(message(huge).contains("brings the network over the limit of"), "\(message(huge))")
    let long = Array(
      repeating: #"{"type": "convolution", "filters": 1, "kernel": [1, 1048576], "padding": 524288}"#,
      count: 6
    ).joined(separator: ", ")
    let wide = """
      {"layers": [\(long), {"type": "convolution", "filters": 1048576, "kernel": 1, "padding": 1048576}]}
      """
    #expect(message(wide).contains("outputs more than"), "\(message(wide))")
    let relus = Array(repeating: #"{"type": "relu"}"#, count: 2000).joined(separator: ", ")
    let many =
      #"{"layers": [{"type": "residual", "body": [\#(relus)]}, {"type": "flatten"}, {"type": "dense"}]}"#
    #expect(message(many).contains("more than 1024 layers"), "\(message(many))")
  }

  @Test func dropoutRatesAreSetInOrder() throws {
    let specification = NetworkPreset.dropoutCNN.specification
    #expect(try specification.withDropout([0.3]).dropoutRates == [0.3, 0.3])
    #expect(try specification.withDropout([0.1, 0.2]).dropoutRates == [0.1, 0.2])
    #expect(throws: NetworkError.self) { try specification.withDropout([0.1, 0.2, 0.3]) }
    #expect(throws: NetworkError.self) { try specification.withDropout([1]) }
    #expect(throws: NetworkError.self) { try specification.withDropout([.nan]) }
    let without = NetworkSpecification(layers: [.flatten, .dense(units: nil)])
    #expect(throws: NetworkError.self) { try without.withDropout([0.5]) }
  }
}

import WhiskerCore

/// A map laid out as a vector, in the order channels, height, width.
package struct FlattenKind: LayerKind {
  package static let type = "flatten"
  package init() {}
  package init(from options: LayerOptions) throws {}
  package func write(to options: inout LayerOptionsWriter) throws {}
  package func output(of input: FeatureShape, classCount: Int) throws(NetworkError) -> FeatureShape {
    .vector(input.count)
  }
  package var description: String { "flatten" }
  package func describe(
    _ place: InferenceGraph.Place, _ input: InferenceGraph.Value, in graph: inout InferenceGraph
  ) -> InferenceGraph.Value {
    graph.append("flatten", .flatten, [input], place)
  }
  // In memory, a map is already a vector.
  package func build(_ place: LayerPlace) -> (any Layer)? { nil }
}

/// A fully connected layer. Without `units` it has one unit per class.
package struct DenseKind: WeightedKind {
  package static let type = "dense"
  package var units: Int?
  package var hasBias = true

  package init(units: Int?) { self.units = units }
  package init(from options: LayerOptions) throws {
    units = try options.optional("units")
    hasBias = try options.value("bias", default: true)
  }
  package func write(to options: inout LayerOptionsWriter) throws {
    try options.set("units", units)
    try options.set("bias", hasBias, unless: true)
  }
  package var sizes: [Int] { [units ?? 1] }
  package func output(of input: FeatureShape, classCount: Int) throws(NetworkError) -> FeatureShape {
    try Self.output(of: input, units: units ?? classCount)
  }
  package func tensors(input: FeatureShape, output: FeatureShape) -> [LayerTensor] {
    let weight = LayerTensor(name: "weight", role: .dense, shape: [output.count, input.count])
    return [weight] + (hasBias ? [LayerTensor(name: "bias", role: .vector, shape: [output.count])] : [])
  }
  package func describe(
    _ place: InferenceGraph.Place, _ input: InferenceGraph.Value, in graph: inout InferenceGraph
  ) -> InferenceGraph.Value {
    graph.append(
      "dense", .dense(weight: place.tensor("weight"), bias: hasBias ? place.tensor("bias") : nil), [input],
      place)
  }
  package var description: String { units.map { "dense \($0)" } ?? "dense (one per class)" }
  package func name(output: FeatureShape) -> String { "dense \(output.count)" }
  package var isClassifier: Bool { true }
  package func build(_ place: LayerPlace) -> (any Layer)? { Dense(self, place) }

  static func output(of input: FeatureShape, units: Int) throws(NetworkError) -> FeatureShape {
    guard case .vector = input else { throw NetworkError("needs a vector: put a flatten layer before it") }
    guard units > 0 else { throw NetworkError("needs at least one unit") }
    return .vector(units)
  }
}

/// A fully connected layer whose weights are dropped in training.
package struct DropConnectKind: LayerKind {
  package static let type = "drop_connect"
  package var units: Int?
  package var rate: Double

  package init(units: Int?, rate: Double) { (self.units, self.rate) = (units, rate) }
  package init(from options: LayerOptions) throws {
    units = try options.optional("units")
    rate = try options.value("rate")
  }
  package func write(to options: inout LayerOptionsWriter) throws {
    try options.set("units", units)
    try options.set("rate", rate)
  }
  package var sizes: [Int] { [units ?? 1] }
  package func output(of input: FeatureShape, classCount: Int) throws(NetworkError) -> FeatureShape {
    try DenseKind.output(of: input, units: units ?? classCount)
  }
  package func tensors(input: FeatureShape, output: FeatureShape) -> [LayerTensor] {
    DenseKind(units: units).tensors(input: input, output: output)
  }
  package func describe(
    _ place: InferenceGraph.Place, _ input: InferenceGraph.Value, in graph: inout InferenceGraph
  ) -> InferenceGraph.Value {
    DenseKind(units: units).describe(place, input, in: &graph)
  }
  package var dropoutRate: Double? { rate }
  package func withDropoutRate(_ rate: Double) -> Self { Self(units: units, rate: rate) }
  package var samplesPerMask: Int { blockSize }
  package var description: String { words(units.map { "\($0)" } ?? "(one per class)") }
  package func name(output: FeatureShape) -> String { words("\(output.count)") }
  private func words(_ units: String) -> String { "DropConnect \(units), rate \(rate)" }
  package var isClassifier: Bool { true }
  package func build(_ place: LayerPlace) -> (any Layer)? {
    let units = place.output.count
    return DropConnect(
      index: place.number, weight: place.parameter("weight", shape: [units, place.input.count]),
      bias: place.parameter("bias", shape: [units]), rate: rate, capacity: place.capacity, pool: place.pool)
  }
}

/// A layer that drops values in training, and does nothing otherwise.
package protocol DroppingKind: LayerKind {
  var rate: Double { get set }
  init(rate: Double)
}

extension DroppingKind {
  package init(from options: LayerOptions) throws { self.init(rate: try options.value("rate")) }
  package func write(to options: inout LayerOptionsWriter) throws { try options.set("rate", rate) }
  package func output(of input: FeatureShape, classCount: Int) throws(NetworkError) -> FeatureShape { input }
  package func describe(
    _ place: InferenceGraph.Place, _ input: InferenceGraph.Value, in graph: inout InferenceGraph
  ) -> InferenceGraph.Value { input }
  package var dropoutRate: Double? { rate }
  package func withDropoutRate(_ rate: Double) -> Self { Self(rate: rate) }
}

/// Inverted dropout: a value is zeroed with probability `rate`, and divided by 1 - `rate` otherwise.
package struct DropoutKind: DroppingKind {
  package static let type = "dropout"
  package var rate: Double
  package init(rate: Double) { self.rate = rate }
  package var description: String { "dropout \(rate)" }
  package func build(_ place: LayerPlace) -> (any Layer)? { Dropout(rate, .values, place) }
}

/// Dropout of whole channels of a map.
package struct SpatialDropoutKind: DroppingKind {
  package static let type = "spatial_dropout"
  package var rate: Double
  package init(rate: Double) { self.rate = rate }
  package var description: String { "spatial dropout \(rate)" }
  package func output(of input: FeatureShape, classCount: Int) throws(NetworkError) -> FeatureShape {
    guard case .map = input else { throw .needsMap }
    return input
  }
  package func build(_ place: LayerPlace) -> (any Layer)? {
    Dropout(rate, .channels(place.input.extents[0]), place)
  }
}

/// Multiplication by normal random numbers of mean 1 and variance `rate` / (1 - `rate`).
package struct GaussianDropoutKind: DroppingKind {
  package static let type = "gaussian_dropout"
  package var rate: Double
  package init(rate: Double) { self.rate = rate }
  package var description: String { "Gaussian dropout \(rate)" }
  package func build(_ place: LayerPlace) -> (any Layer)? { Dropout(rate, .gaussian, place) }
}

extension Dropout {
  fileprivate convenience init(_ rate: Double, _ kind: Kind, _ place: LayerPlace) {
    self.init(
      index: place.number, rate: rate, kind, features: place.input.count, capacity: place.capacity,
      pool: place.pool)
  }
}

import WhiskerData

/// The classes of a data set and those of a model, matched by name.
public struct ClassMatch: Sendable {
  /// The model's label for each label of the data set; nil for a class that the model does not know.
  public let labels: [Int?]
  /// The model's classes that the data set lacks.
  public let missing: [String]
  /// The data set's classes that the model does not know.
  public let extra: [String]

  /// Matches the names of a data set with those of a model.
  public init(data: [String], model: [String]) {
    let modelLabels = Dictionary(model.enumerated().map { ($1, $0) }) { first, _ in first }
    let dataNames = Set(data)
    labels = data.map { modelLabels[$0] }
    missing = model.filter { !dataNames.contains($0) }
    extra = data.filter { modelLabels[$0] == nil }
  }

  /// The samples whose class the model knows.
  public func known(of samples: SampleSet) -> SampleSet {
    guard !extra.isEmpty else { return samples }
    return SampleSet(
      samples.dataset, indices: samples.indices.filter { labels[samples.dataset.label(at: Int($0))] != nil })
  }
}

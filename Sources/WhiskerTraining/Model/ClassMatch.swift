import WhiskerData
import WhiskerCore

/// The classes of a dataset and those of a model, matched by name.
public struct ClassMatch: Sendable {
  /// The model's label for each label of the dataset; nil for a class that the model lacks.
  public let labels: [Int?]
  /// The model's classes that the dataset lacks.
  public let missing: [String]
  /// The dataset's classes that the model lacks.
  public let extra: [String]

  /// Matches the names of a dataset with those of a model.
  public init(data: [String], model: [String]) {
    let modelLabels = Dictionary(model.enumerated().map { ($1, $0) }) { first, _ in first }
    let dataNames = Set(data)
    labels = data.map { modelLabels[$0] }
    missing = model.filter { !dataNames.contains($0) }
    extra = data.filter { modelLabels[$0] == nil }
  }

  /// Makes sure that the dataset at `path` has a class that the model knows.
  /// - Throws: `FileError` that lists the classes of both.
  public func checkOverlap(with path: String) throws {
    guard labels.allSatisfy({ $0 == nil }) else { return }
    throw FileError(
      path,
      "has no class in common with the model: it has \(extra.joined(separator: ", ")), "
        + "the model \(missing.joined(separator: ", "))",
      advice: "Name its classes with \(Setting.classNames)")
  }

  /// The samples whose class the model has.
  public func known(of samples: SampleSet) -> SampleSet {
    guard !extra.isEmpty else { return samples }
    return SampleSet(
      samples.dataset, indices: samples.indices.filter { labels[samples.dataset.label(at: Int($0))] != nil })
  }
}

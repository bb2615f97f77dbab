import WhiskerData
import WhiskerTensor
import WhiskerTraining

/// The part of a data set that a model is measured on.
struct EvaluatedPart {
  private let model: String
  private let data: String
  private let wanted: DataSource.Part?

  /// - Parameters:
  ///   - model: The path of the model or the run.
  ///   - data: That of the data set.
  ///   - part: The part that was asked for; nil for the usual one.
  init(model: String, data: String, part: DataSource.Part?) {
    (self.model, self.data, wanted) = (model, data, part)
  }

  /// The samples, and what they are in words.
  /// - Throws: `FileError` when the data has no such part, or is not what the run was trained on.
  func samples(of source: DataSource) throws -> (SampleSet, part: String) {
    let part = wanted ?? source.evaluationPart
    // Where the data has no validation part, the run that was trained on it made one.
    if wanted != nil, part != .test, source.parts[.validation] == nil, let whole = source.parts[.training] {
      if let run = RunFolder.containing(model) { return try samples(of: whole, as: part, in: run) }
      guard part == .training else {
        throw FileError(
          data, "has no validation part",
          advice: "To measure what a run held back, name the run's folder as MODEL")
      }
    }
    guard let dataset = source.parts[part] else { throw FileError(data, "has no \(part.rawValue) part") }
    return (SampleSet(dataset), source.parts.count > 1 ? part.rawValue : "whole")
  }

  /// What a run used for `part`.
  private func samples(
    of whole: any Dataset, as part: DataSource.Part, in run: RunFolder
  ) throws -> (SampleSet, part: String) {
    let names = try SplitFile.names(of: part, in: run.split)
    let indices = (0..<SampleIndex(whole.count)).filter { names.contains(whole.name(at: Int($0))) }
    guard indices.count == names.count else {
      throw FileError(
        data,
        "lacks \(names.count - indices.count) of the \(names.count) pictures that the run names in its split",
        advice: "Is it the data set that the run was trained on?")
    }
    return (SampleSet(whole, indices: indices), "\(part.rawValue) (of the run)")
  }
}

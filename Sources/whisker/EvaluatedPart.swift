import WhiskerData
import WhiskerTensor
import WhiskerTraining

/// The samples of a data set that a model is measured on.
struct EvaluatedPart {
  /// The samples.
  let samples: SampleSet
  /// What they are in words.
  let name: String
  /// How many of them the model was trained on; nil where that is not known.
  private(set) var trainedOn: Int?
  /// Whether they are what chance left of a data set, where a class may have no sample that can be read.
  private(set) var isSplitByRun = false

  /// The part that is wanted of `source`. Where none is named, it is the test part, else the validation part, else what the
  /// model's run held back, else everything.
  /// - Parameters:
  ///   - wanted: What was asked for; nil for the usual part.
  ///   - source: The data set, which is named `data`.
  ///   - model: The path of the model or the run.
  ///   - lanes: What reads files whose times are not those of the run's.
  /// - Throws: `FileError` when the data has no such part, or is not what the run was trained on.
  init(
    _ wanted: PartName?, of source: DataSource, named data: String, model: String, lanes: BatchStream.Lanes
  ) throws {
    let run = RunFolder.containing(model)
    let whole = source.parts.count == 1 ? source.parts[.training] : nil
    let isTrainedOn =
      whole != nil && run.flatMap { TrainedData($0) }?.isSame(as: source, lanes: lanes) ?? false
    let usual: DataSource.Part? = isTrainedOn && wanted == nil ? .validation : nil
    if let undivided = source.parts[.validation] == nil ? source.parts[.training] : nil, let run,
      let part = wanted?.part ?? usual, part != .test
    {
      let held = try Self.samples(of: undivided, named: data, part, in: run, isNamed: wanted != nil)
      if wanted != nil || held.count > 0 {
        (samples, name, isSplitByRun) = (held, "\(part.rawValue) (of the run)", true)
        return
      }
    }
    if let wanted, wanted.part == nil, source.parts.count > 1 {
      throw FileError(
        data, "is divided into parts, which are measured one at a time",
        advice: "Choose one: --split train, --split val or --split test")
    }
    let named = wanted.map { $0.part ?? source.parts.keys.first ?? .training }
    let part = named ?? source.evaluationPart
    guard let dataset = source.parts[part] else {
      throw FileError(
        data, "has no \(part.rawValue) part",
        advice: part == .validation && source.parts[.training] != nil
          ? "To measure what a run held back, name the run's folder as MODEL" : nil)
    }
    (samples, name) = (SampleSet(dataset), source.parts.count > 1 ? part.rawValue : "whole")
    guard isTrainedOn, let run else { return }
    let names = try SplitFile.names(of: .training, in: run.split)
    trainedOn = samples.indices.count { names.contains(dataset.name(at: Int($0))) }
  }

  /// What a run used for `part`.
  private static func samples(
    of whole: any Dataset, named data: String, _ part: DataSource.Part, in run: RunFolder, isNamed: Bool
  ) throws -> SampleSet {
    let names = try SplitFile.names(of: part, in: run.split)
    let indices = (0..<SampleIndex(whole.count)).filter { names.contains(whole.name(at: Int($0))) }
    guard indices.count == names.count else {
      throw FileError(
        data,
        "lacks \(names.count - indices.count) of the \(names.count) pictures that the run names in its split",
        advice: isNamed
          ? "Is it the data set that the run was trained on?"
          : "Put them back, or measure everything that is there with --split all")
    }
    return SampleSet(whole, indices: indices)
  }
}

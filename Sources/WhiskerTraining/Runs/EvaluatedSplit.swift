import WhiskerData
import WhiskerCore

/// The samples of a dataset that a model is evaluated on.
public struct EvaluatedSplit {
  /// Which samples to evaluate on.
  public enum Selection: Sendable, Equatable {
    /// The test split, else the validation split, else what the model's run held back, else everything.
    case usual
    /// A whole dataset without splits.
    case all
    /// One split of the dataset, or of the model's run where the dataset has none.
    case split(DataSource.Split)
  }

  /// The samples.
  public let samples: SampleSet
  /// A name for them: "test", "validation (of the run)", "all".
  public let name: String
  /// How many of them the model was trained on by their names; nil where that is unknown.
  private var trainedOnByName: Int?
  /// Whether the run split the dataset at random, so that a class may have no readable sample.
  public private(set) var isSplitByRun = false
  /// The path of the model or the run.
  private let model: String

  /// Selects samples of `source`.
  /// - Parameters:
  ///   - selection: Which samples.
  ///   - source: The dataset.
  ///   - data: The path of the dataset, for errors.
  ///   - model: The path of the model or the run.
  ///   - readAhead: Reads files whose modification times differ from those that the run recorded.
  /// - Throws: `FileError` when the dataset has no such split, or lacks samples of the run's split.
  public init(
    _ selection: Selection, of source: DataSource, named data: String, model: String, readAhead: ReadAhead
  ) throws {
    self.model = model
    let run = RunFolder.containing(model)
    let whole = source.splits.count == 1 ? source.splits[.training] : nil
    let isTrainedOn =
      whole != nil && run.flatMap { TrainedData($0) }?.isSame(as: source, readAhead: readAhead) ?? false
    let wanted: DataSource.Split? =
      switch selection {
      case .usual: isTrainedOn ? .validation : nil
      case .all: nil
      case .split(let split): split
      }
    if let undivided = source.splits[.validation] == nil ? source.splits[.training] : nil, let run,
      let wanted, wanted != .test
    {
      let held = try Self.samples(of: undivided, named: data, wanted, in: run, isNamed: selection != .usual)
      if selection != .usual || held.count > 0 {
        (samples, name, isSplitByRun) = (held, "\(wanted.rawValue) (of the run)", true)
        return
      }
    }
    let split: DataSource.Split
    switch selection {
    case .usual: split = source.evaluationSplit
    case .split(let named): split = named
    case .all:
      guard source.splits.count == 1, let only = source.splits.keys.first else {
        throw FileError(
          data, "is divided into splits, which are evaluated one at a time",
          advice: "Choose one with \(Setting.split): \(Self.names(source).joined(separator: " or "))")
      }
      split = only
    }
    guard let dataset = source.splits[split] else {
      throw FileError(
        data, "has no \(split.rawValue) split",
        advice: split == .validation && source.splits[.training] != nil
          ? "To evaluate on what a run held back, pass the run's folder as the model" : nil)
    }
    (samples, name) = (SampleSet(dataset), source.splits.count > 1 ? split.rawValue : "all")
    guard isTrainedOn, let run else { return }
    let names = try SplitFile.names(of: .training, in: run.split)
    trainedOnByName = samples.indices.count { names.contains(dataset.name(at: Int($0))) }
  }

  /// How many of the evaluated samples the model was trained on; nil where that is unknown, as for a model file without its run.
  ///
  /// Contents decide, so that copies in other places count. To be called after the evaluation, which has read the files.
  /// - Parameter evaluated: The samples, or those of classes that the model knows.
  public func trainedOn(_ evaluated: SampleSet, readAhead: ReadAhead) -> Int? {
    // A machine that cannot read a file again must not cost the finished evaluation.
    let byContents = try? TrainedPictures(ofModel: model, among: evaluated, readAhead: readAhead)?
      .count(in: evaluated, readAhead: readAhead)
    return [trainedOnByName, byContents].compactMap(\.self).max()
  }

  private static func names(_ source: DataSource) -> [String] {
    DataSource.Split.allCases.filter { source.splits[$0] != nil }.map(\.rawValue)
  }

  /// The samples of a run's split.
  private static func samples(
    of whole: any Dataset, named data: String, _ split: DataSource.Split, in run: RunFolder, isNamed: Bool
  ) throws -> SampleSet {
    let names = try SplitFile.names(of: split, in: run.split)
    let indices = (0..<SampleIndex(whole.count)).filter { names.contains(whole.name(at: Int($0))) }
    guard indices.count == names.count else {
      throw FileError(
        data, "lacks \(names.count - indices.count) of the \(names.count) pictures of the run's split",
        advice: isNamed
          ? "Pass the dataset that the run was trained on"
          : "Restore them, or evaluate on everything that is there with \(Setting.split) all")
    }
    return SampleSet(whole, indices: indices)
  }
}

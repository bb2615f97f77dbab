import Glibc
import WhiskerData
import WhiskerNN
import WhiskerCore

/// A checkpoint, from which a training is resumed: its configuration and its progress.
public struct Checkpoint: Sendable {
  /// The contents of `args.json`.
  package struct Arguments: Sendable, Codable {
    package var whisker = Version.current
    /// The variant of the kernels: "avx512".
    package var kernels = Machine.kernels
    /// The command lines: that of the start, and one for each time that it was resumed.
    package var commands: [[String]]?
    /// The files of the dataset.
    package let origin: CacheOrigin
    package var configuration: TrainingConfiguration
  }

  /// The progress of a training.
  struct Progress: Sendable {
    let steps: Int
    var state: TrainingState
  }

  /// The state in `weights/last.safetensors`: the progress, except for the epochs and validations in the history.
  struct Record: Sendable, Codable {
    let steps: Int
    /// The valid lines of the history.
    let epochs: Int
    let validations: Int
    let progress: EpochProgress?
    let failures: [SampleFailure]

    init(steps: Int, _ state: TrainingState) {
      (self.steps, epochs, validations) = (steps, state.epochs.count, state.validations.count)
      (progress, failures) = (state.progress, state.failures)
    }
  }

  static let key = Model.checkpointName

  let arguments: Arguments
  /// The progress of the training; nil before its first weights.
  let progress: Progress?

  /// The configuration of the training.
  public var configuration: TrainingConfiguration { arguments.configuration }
  /// The finished epochs.
  public var epochCount: Int { progress?.state.epochs.count ?? 0 }
  /// The batches of the unfinished epoch.
  public var batchCount: Int { progress?.state.progress?.batches ?? 0 }
  /// The kernels of the run, if this machine uses others; nil otherwise.
  public var otherKernels: String? { arguments.kernels == Machine.kernels ? nil : arguments.kernels }

  /// Reads the checkpoint of the run in `folder`.
  /// - Throws: `FileError` when there is no run, or it cannot be resumed.
  public init(_ folder: RunFolder) throws {
    arguments = try Self.arguments(of: folder)
    guard access(folder.last, F_OK) == 0 else {
      progress = nil
      return
    }
    let record = try Self.record(folder.last)
    var state = TrainingState(
      monitor: arguments.configuration.evaluation.monitor, progress: record.progress,
      failures: record.failures)
    try TrainingHistory.read(
      folder.history, into: &state, epochs: record.epochs, validations: record.validations)
    state.addTimes(fromResults: folder.results, validations: folder.validations)
    progress = Progress(steps: record.steps, state: state)
  }

  /// The `args.json` of the run in `folder`.
  /// - Throws: `FileError` when there is no run, or it is damaged.
  static func arguments(of folder: RunFolder) throws -> Arguments {
    guard access(folder.arguments, F_OK) == 0 else {
      throw FileError(
        folder.path, "holds no run that could be resumed", advice: "Name the folder of a run: runs/train1")
    }
    let bytes = try FileBytes.read(folder.arguments, limit: 8 << 20, followsLinks: false)
    let text = String(decoding: bytes, as: UTF8.self)
    return try decode(Arguments.self, text, folder.arguments) { $0.configuration.isValid }
  }

  private static func record(_ path: String) throws -> Record {
    let tensors = try SafetensorsReader(path)
    guard tensors.shape(of: key) != nil else {
      throw FileError(path, "holds a model, but not the state of a training that could be resumed")
    }
    let text = try tensors.withBytes(of: key, type: .uint8) { String(decoding: $0, as: UTF8.self) }
    return try decode(Record.self, text, path) { $0.epochs >= 0 && $0.validations >= 0 }
  }

  private static func decode<Value: Decodable>(
    _ type: Value.Type, _ text: String, _ path: String, isValid: (Value) -> Bool = { _ in true }
  ) throws -> Value {
    do {
      let value = try StableJSON.decode(type, from: text)
      if isValid(value) { return value }
    } catch let error as TrainingError {
      throw FileError(path, "cannot be resumed: \(error.text)")
    } catch {}
    throw FileError(path, "cannot be resumed: damaged, or written by another version")
  }
}

extension SafetensorsReader {
  /// The stored tensors of `state`, under its names with a prefix.
  /// - Throws: `FileError` when one is missing or has another shape.
  func stored(_ state: [(name: String, tensor: Tensor)], prefix: String) throws -> [Tensor] {
    for (name, tensor) in state { try copy(prefix + name, into: tensor) }
    return state.map(\.tensor)
  }
}

extension Checkpoint {
  /// Whether the run in `folder` is that of the training of all layers after a head.
  public static func isFineTuning(_ folder: RunFolder) -> Bool {
    (try? arguments(of: folder))?.configuration.isFineTuning ?? false
  }

  /// Whether the run in `folder` has ended with a configuration, and all its files are written.
  public func hasEnded(_ configuration: TrainingConfiguration, in folder: RunFolder) -> Bool {
    do {
      try checkEnd(configuration, in: folder)
      return false
    } catch {
      return true
    }
  }

  /// Checks that the run in `folder` can be resumed with a configuration. So can a run that was killed while it wrote its last
  /// files.
  /// - Throws: `FileError` when the training has ended.
  func checkEnd(_ configuration: TrainingConfiguration, in folder: RunFolder) throws {
    guard let state = progress?.state, access(folder.metrics, F_OK) == 0 else { return }
    switch state.ending(
      epochs: configuration.optimization.epochs, patience: configuration.evaluation.patience)
    {
    case .completed:
      throw FileError(
        folder.path, "has completed its \(counted(state.epochs.count, "epoch"))",
        advice: "To continue, use a larger \(Setting.epochs), such as \(2 * state.epochs.count)")
    case .stoppedEarly:
      throw FileError(
        folder.path, "has stopped early, after epoch \(state.epochs.count)",
        advice: "To train more, raise \(Setting.patience)")
    case .interrupted, nil: return
    }
  }

  /// Checks that the dataset is still the one that the run was trained on.
  /// - Throws: `FileError`, with the difference, when it is not.
  func check(_ source: DataSource, _ now: CacheOrigin, in folder: RunFolder) throws {
    guard arguments.origin != now else { return }
    let difference =
      source.kind == .cache || !arguments.origin.bindsPixels(as: now)
      ? arguments.origin.difference(from: now)
      : try FileList(folder.fileList).difference(of: source, readAhead: configuration.readAhead)
    guard let difference else { return }
    throw FileError(
      source.path, "is not what \(folder.path) was trained on: \(difference)",
      advice: "Put the data back as it was, or start a new run")
  }
}

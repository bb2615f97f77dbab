import Glibc
import WhiskerData
import WhiskerNN
import WhiskerTensor

/// What a training goes on from: what it was asked for, and how far it has come.
public struct Checkpoint: Sendable {
  /// What a training was asked for: the contents of `args.json`.
  struct Arguments: Sendable, Codable {
    var whisker = Version.current
    /// The variant of the kernels that computed.
    var kernels = Machine.kernels
    /// What was typed, once for the beginning and once for every time that it was resumed.
    var commands: [[String]]?
    /// What the data set consisted of.
    let origin: CacheOrigin
    var configuration: TrainingConfiguration
  }

  /// How far a training has come.
  struct Progress: Sendable {
    let steps: Int
    var state: TrainingState
  }

  /// What `weights/last.safetensors` holds beside a model: the progress, but for what the history holds.
  struct Record: Sendable, Codable {
    let steps: Int
    /// The lines of the history that count.
    let epochs: Int
    let validations: Int
    let progress: EpochProgress?
    let failures: [SampleFailure]

    init(steps: Int, _ state: TrainingState) {
      (self.steps, epochs, validations) = (steps, state.epochs.count, state.validations.count)
      (progress, failures) = (state.progress, state.failures)
    }
  }

  static let key = "training.state"

  let arguments: Arguments
  /// How far the training has come; nil where it has not kept any weights yet.
  let progress: Progress?

  /// What the training was asked for.
  public var configuration: TrainingConfiguration { arguments.configuration }
  /// The finished epochs.
  public var epochCount: Int { progress?.state.epochs.count ?? 0 }
  /// The batches trained in the epoch that is not finished.
  public var batchCount: Int { progress?.state.progress?.batches ?? 0 }
  /// The kernels that the run was computed with, where this machine would use others.
  public var otherKernels: String? { arguments.kernels == Machine.kernels ? nil : arguments.kernels }

  /// Reads what the run in `folder` has kept.
  /// - Throws: `FileError` when no run is there, or it cannot be resumed.
  public init(_ folder: RunFolder) throws {
    arguments = try Self.arguments(of: folder)
    guard access(folder.last, F_OK) == 0 else {
      progress = nil
      return
    }
    let record = try Self.record(folder.last)
    var state = TrainingState(
      monitor: arguments.configuration.monitor, progress: record.progress, failures: record.failures)
    try TrainingHistory.read(
      folder.history, into: &state, epochs: record.epochs, validations: record.validations)
    state.addTimes(fromResults: folder.results, validations: folder.validations)
    progress = Progress(steps: record.steps, state: state)
  }

  /// What the run in `folder` was asked for.
  /// - Throws: `FileError` when no run is there, or it is damaged.
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
    guard let value = try? StableJSON.decode(type, from: text), isValid(value) else {
      throw FileError(
        path, "tells nothing that this Whisker can resume: it is damaged, or was written by another version")
    }
    return value
  }
}

extension SafetensorsReader {
  /// The tensors that are stored for `state`, under its names behind `prefix`.
  /// - Throws: `FileError` when one is missing or has another shape.
  func stored(_ state: [(name: String, tensor: Tensor)], prefix: String) throws -> [Tensor] {
    for (name, tensor) in state { try copy(prefix + name, into: tensor) }
    return state.map(\.tensor)
  }
}

extension Checkpoint {
  /// Tells whether the run in `folder` can go on with a configuration. A run that was killed while it wrote its last
  /// files can.
  /// - Throws: `FileError` when it has come to its end.
  func checkEnd(_ configuration: TrainingConfiguration, in folder: RunFolder) throws {
    guard let state = progress?.state, access(folder.metrics, F_OK) == 0 else { return }
    switch state.ending(epochs: configuration.epochs, patience: configuration.patience) {
    case .completed:
      throw FileError(
        folder.path, "has trained its \(counted(state.epochs.count, "epoch"))",
        advice: "To go on, ask for more: --epochs \(2 * state.epochs.count)")
    case .stoppedEarly:
      throw FileError(
        folder.path, "has stopped early, after epoch \(state.epochs.count)",
        advice: "To go on, raise --patience")
    case .interrupted, nil: return
    }
  }

  /// Tells whether the data set is still what the run was trained on.
  /// - Throws: `FileError`, with the difference, when it is not.
  func check(_ source: DataSource, _ now: CacheOrigin, in folder: RunFolder) throws {
    guard arguments.origin != now else { return }
    let difference =
      source.kind == .cache
      ? arguments.origin.difference(from: now)
      : try FileList(folder.fileList).difference(of: source, lanes: configuration.lanes)
    guard let difference else { return }
    throw FileError(
      source.path, "is not what \(folder.path) was trained on: \(difference)",
      advice: "Put the data back as it was, or start a new run")
  }
}

import Glibc
import WhiskerCore

/// The folder of a sweep: its record, its tables, the best model, and the running trainings.
public struct SweepFolder: Sendable {
  /// The folder as a run's: its model is the best of all.
  public let run: RunFolder

  /// The folder.
  public var path: String { run.path }
  /// The record of the sweep, and its summary.
  public var results: String { path + "/results.json" }
  /// A row per training.
  public var trainings: String { path + "/trainings.csv" }
  /// A row per setting.
  public var settings: String { path + "/settings.csv" }

  /// The prediction for every sample of a cross-validation.
  public var predictions: String { path + "/predictions.csv" }

  private var under: String { path + "/trainings" }

  /// The largest size of `results.json`, in bytes.
  static let sizeLimit = 1 << 28

  /// The sweep in the folder of a run.
  public init(_ run: RunFolder) { self.run = run }

  /// Whether a sweep is in the folder at `path`.
  public static func isSweep(_ path: String) -> Bool {
    RunFolder.completeReplacement(in: path)
    return SweepFolder(RunFolder(path: path)).holdsRecord
  }

  /// Whether the record of a sweep is in the folder.
  var holdsRecord: Bool { access(results, F_OK) == 0 }

  /// The folder of one training.
  func training(_ setting: Int, seed: UInt64, of configuration: SweepConfiguration) -> String {
    let name = configuration.folderName(ofSeed: seed)
    return configuration.keepsRuns ? "\(path)/\(name)" : "\(under)/setting\(setting + 1)-\(name)"
  }

  /// The best model of a setting so far.
  func model(ofSetting setting: Int) -> String { "\(path)/weights/setting\(setting + 1).safetensors" }

  /// Whether the best model of a setting has its own file, which is so until the end of the sweep.
  func holdsModel(ofSetting setting: Int) -> Bool { access(model(ofSetting: setting), F_OK) == 0 }

  /// Checks that all processes see the first one's files.
  /// - Throws: `FileError` when one does not.
  func check(over communicator: any Communicator) throws {
    guard !communicator.isAlone else { return }
    communicator.barrier()
    let strangers = Int(communicator.sum([Self.isSweep(path) ? 0 : 1])[0])
    guard strangers > 0 else { return }
    throw FileError(
      path, "is not seen by \(strangers) of \(communicator.size) processes",
      advice: "Name a folder with \(Setting.output) that all of them share")
  }

  /// Locks the folder of a training, new or to be resumed.
  /// - Throws: `FileError` when it cannot be made, or another process trains in it.
  func take(_ path: String) throws -> RunFolder {
    try makeFolders(AtomicFile.folder(of: path))
    let isBegun = access(RunFolder(path: path).arguments, F_OK) == 0
    return try isBegun ? .resuming(path) : .at(path, overwrites: true)
  }

  /// The configuration of the sweep in the folder; nil if there is no sweep, or its record is damaged.
  var configuration: SweepConfiguration? {
    struct Record: Decodable { let configuration: SweepConfiguration }
    guard let bytes = try? FileBytes.read(results, limit: Self.sizeLimit, followsLinks: false),
      let record = try? StableJSON.decode(Record.self, from: String(decoding: bytes, as: UTF8.self)),
      record.configuration.isValid
    else { return nil }
    return record.configuration
  }

  /// Removes the files of another sweep or run.
  /// - Parameter new: The configuration of the new sweep; nil for a run. It covers an old sweep whose record cannot be
  ///   read: its leftovers must not be mistaken for trainings of the new one.
  func clear(_ new: SweepConfiguration?) {
    for configuration in [configuration, new].compactMap(\.self) {
      run.remove(configuration.settings.indices.map(model))
      removeTrainings(configuration)
    }
    run.remove([results, trainings, settings, predictions])
    run.clear()
  }

  /// Removes the folders of the trainings.
  func removeTrainings(_ configuration: SweepConfiguration) {
    for run in runs(configuration) { run.discard() }
    rmdir(under)
  }

  /// Whether a training has written weights.
  private func holdsTraining(_ configuration: SweepConfiguration) -> Bool {
    runs(configuration).contains { $0.holdsModel }
  }

  /// The folders of all trainings, existing or not.
  private func runs(_ configuration: SweepConfiguration) -> [RunFolder] {
    configuration.settings.indices.flatMap { setting in
      configuration.seeds.map { seed in
        RunFolder(path: training(setting, seed: seed, of: configuration))
      }
    }
  }

  /// Removes a sweep without a model, unless one of its trainings can be resumed.
  public func discardIfWithoutModel(_ configuration: SweepConfiguration) {
    guard !run.replacesRun else { return run.discardDraft() }
    guard !run.holdsModel, !holdsTraining(configuration) else { return }
    run.remove([results, trainings, settings, predictions])
    removeTrainings(configuration)
    run.discardIfWithoutModel()
  }

  /// Copies the file at `source` to `target`, atomically.
  /// - Throws: `FileError` when that cannot be done.
  static func copy(_ source: String, to target: String) throws {
    let file = try AtomicFile(target)
    try FileContents(mapping: source).withBytes { try file.write($0) }
    try file.commit()
  }
}

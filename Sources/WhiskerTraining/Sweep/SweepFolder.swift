import Glibc
import WhiskerTensor

/// The folder of a sweep: what was asked for and what came of it, the best model, and the trainings under way.
public struct SweepFolder: Sendable {
  /// The folder as that of a run: its model is the best of all.
  public let run: RunFolder

  /// The folder.
  public var path: String { run.path }
  /// What was asked for and what came of every training and setting.
  public var results: String { path + "/results.json" }
  /// A row per training.
  public var trainings: String { path + "/trainings.csv" }
  /// A row per setting.
  public var settings: String { path + "/settings.csv" }

  private var under: String { path + "/trainings" }

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
  func training(_ setting: Int, seed: UInt64, keepsRuns: Bool) -> String {
    keepsRuns ? "\(path)/seed\(seed)" : "\(under)/setting\(setting + 1)-seed\(seed)"
  }

  /// The best model of a setting so far.
  func model(ofSetting setting: Int) -> String { "\(path)/weights/setting\(setting + 1).safetensors" }

  /// Whether the best model of a setting is kept by itself: it no longer is once the sweep has come to its end.
  func holdsModel(ofSetting setting: Int) -> Bool { access(model(ofSetting: setting), F_OK) == 0 }

  /// Makes sure that all processes see what the first one has written.
  /// - Throws: `FileError` when one does not.
  func check(over job: any Communicator) throws {
    guard !job.isAlone else { return }
    job.meet()
    let strangers = Int(job.sum([Self.isSweep(path) ? 0 : 1])[0])
    guard strangers > 0 else { return }
    throw FileError(
      path, "is not seen by \(strangers) of \(job.size) processes",
      advice: "Name a folder with --output that all of them share")
  }

  /// Takes the folder of a training, new or begun before.
  /// - Throws: `FileError` when it cannot be made, or another process trains in it.
  func take(_ path: String) throws -> RunFolder {
    try makeFolders(AtomicFile.folder(of: path))
    let isBegun = access(RunFolder(path: path).arguments, F_OK) == 0
    return try isBegun ? .resuming(path) : .at(path, overwrites: true)
  }

  /// Removes what another sweep or run has left.
  /// - Parameter new: What the sweep that comes instead is asked for; nil for a run. Of a sweep whose record cannot be
  ///   read: what it left must not pass for a training of the new one that was begun.
  func clear(_ new: SweepConfiguration?) {
    for configuration in [try? SweepRecord(self).configuration, new].compactMap(\.self) {
      run.remove(configuration.settings.indices.map(model))
      removeTrainings(configuration)
    }
    run.remove([results, trainings, settings])
    run.clear()
  }

  /// Removes the folders of the trainings.
  func removeTrainings(_ configuration: SweepConfiguration) {
    for run in runs(configuration) { run.discard() }
    rmdir(under)
  }

  /// Whether a training has kept weights.
  private func holdsTraining(_ configuration: SweepConfiguration) -> Bool {
    runs(configuration).contains { $0.holdsModel }
  }

  /// The folders of all trainings, whether they are there or not.
  private func runs(_ configuration: SweepConfiguration) -> [RunFolder] {
    configuration.settings.indices.flatMap { setting in
      configuration.seeds.map { seed in
        RunFolder(path: training(setting, seed: seed, keepsRuns: configuration.keepsRuns))
      }
    }
  }

  /// Takes back a sweep that came to nothing: one that holds a model stays, and so does one with a training that can go on.
  public func discardIfWithoutModel(_ configuration: SweepConfiguration) {
    guard !run.replacesRun else { return run.discardDraft() }
    guard !run.holdsModel, !holdsTraining(configuration) else { return }
    run.remove([results, trainings, settings])
    removeTrainings(configuration)
    run.discardIfWithoutModel()
  }

  /// Puts a copy of the file at `source` at `target`, atomically.
  /// - Throws: `FileError` when that cannot be done.
  static func copy(_ source: String, to target: String) throws {
    let file = try AtomicFile(target)
    try FileContents(mapping: source).withBytes { try file.write($0) }
    try file.commit()
  }
}

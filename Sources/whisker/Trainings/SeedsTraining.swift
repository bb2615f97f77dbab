import WhiskerData
import WhiskerCore
import WhiskerTraining

/// `whisker train --seeds` and `--folds`: one training with several seeds or folds, whose runs are in the run folder.
struct SeedsTraining {
  let sweep: Sweep

  /// Starts new trainings.
  /// - Throws: The errors of opening the data and creating the folder.
  init(
    _ configuration: SweepConfiguration, _ source: DataSource?, _ verbosity: TrainingDisplay.Verbosity,
    in folder: () throws -> RunFolder
  ) throws {
    let data = try SweepDisplay.read(configuration, source, verbosity)
    sweep = Sweep(
      configuration, data, in: SweepFolder(try ProcessGroup.folder(folder)),
      communicator: ProcessGroup.communicator)
  }

  /// Resumes the trainings in the folder at `path`.
  /// - Parameter change: Applies the options that may change, and opens the cache.
  /// - Throws: `FileError` when they cannot be resumed.
  init(
    resuming path: String, _ verbosity: TrainingDisplay.Verbosity,
    _ change: (inout TrainingConfiguration) throws -> DataSource?
  ) throws {
    let folder = SweepFolder(try ProcessGroup.folder { try RunFolder.resuming(path) })
    let record = try SweepRecord(folder)
    guard record.configuration.keepsRuns else {
      throw FileError(
        path, "holds a sweep", advice: "\(ShellWords(["whisker", "sweep", "--resume", path]).text)")
    }
    var configuration = record.configuration
    let source = try change(&configuration.base)
    let data = try SweepDisplay.read(
      configuration, source, verbosity, resuming: ["whisker", "train", "--resume", path])
    sweep = try Sweep(
      resuming: record, configuration, data, in: folder, communicator: ProcessGroup.communicator)
  }
}

import WhiskerData
import WhiskerTensor
import WhiskerTraining

/// `whisker train --seeds`: the same training with several seeds, as runs in the run's folder.
struct SeedsTraining {
  let sweep: Sweep

  /// New trainings.
  /// - Throws: What opening the data and making the folder throw.
  init(
    _ configuration: SweepConfiguration, _ source: DataSource?, _ verbosity: TrainingDisplay.Verbosity,
    in folder: () throws -> RunFolder
  ) throws {
    let data = try SweepDisplay.read(configuration, source, verbosity)
    sweep = Sweep(configuration, data, in: SweepFolder(try Ranks.folder(folder)), job: Ranks.job)
  }

  /// Goes on with those in the folder at `path`.
  /// - Parameter change: Writes what may change into what they have in common, and opens its cache.
  /// - Throws: `FileError` when they cannot go on.
  init(
    resuming path: String, _ verbosity: TrainingDisplay.Verbosity,
    _ change: (inout TrainingConfiguration) throws -> DataSource?
  ) throws {
    let folder = SweepFolder(try Ranks.folder { try RunFolder.resuming(path) })
    let record = try SweepRecord(folder)
    guard record.configuration.keepsRuns else {
      throw FileError(path, "holds a sweep", advice: ShellWords(["whisker", "sweep", "--resume", path]).text)
    }
    var configuration = record.configuration
    let source = try change(&configuration.base)
    let data = try SweepDisplay.read(configuration, source, verbosity)
    sweep = try Sweep(resuming: record, configuration, data, in: folder, job: Ranks.job)
  }
}

import ArgumentParser
import WhiskerCore
import WhiskerData
import WhiskerTraining

/// `whisker train --fine-tune`: the training of a head on features, whose run is RUN/head, and after it that of all layers on
/// pictures, whose run is RUN.
final class FineTunedTraining {
  private var folder: RunFolder
  private let verbosity: TrainingDisplay.Verbosity
  /// The training of the head that is left; nil if it has ended.
  private var head: (session: TrainingSession, folder: RunFolder)?
  /// The configuration of the training of all layers, and its checkpoint if it has begun.
  private let tuning: (TrainingConfiguration, Checkpoint)?
  /// The configuration of the training of the head, if that of all layers has not begun.
  private let configuration: TrainingConfiguration

  /// A new training.
  /// - Parameter source: The cache of the features; nil for none.
  /// - Throws: The errors of opening the data and creating the folder.
  init(
    _ configuration: TrainingConfiguration, _ source: DataSource?, _ verbosity: TrainingDisplay.Verbosity,
    in makeFolder: () throws -> RunFolder
  ) throws {
    let session = try TrainingSession(
      configuration, source: source, communicator: ProcessGroup.communicator)
    let folder = try ProcessGroup.folder(makeFolder)
    head = (session, try ProcessGroup.folder(folder.makeHead))
    (self.folder, self.verbosity, self.configuration, tuning) = (folder, verbosity, configuration, nil)
  }

  /// Whether the run in the folder at `path` is one of these.
  static func isIn(_ path: String) -> Bool {
    let folder = RunFolder(path: path)
    guard !SweepFolder.isSweep(path), folder.isRun else { return false }
    return folder.isTrainingHead || Checkpoint.isFineTuning(folder)
  }

  /// Resumes the run in the folder at `path`.
  /// - Parameter change: Applies the options that may change, and opens the cache.
  /// - Throws: `FileError` when it cannot be resumed.
  init(
    resuming path: String, _ verbosity: TrainingDisplay.Verbosity,
    _ change: (inout TrainingConfiguration) throws -> DataSource?
  ) throws {
    let folder = try ProcessGroup.folder { try RunFolder.resuming(path) }
    (self.folder, self.verbosity) = (folder, verbosity)
    guard folder.isTrainingHead else {
      let checkpoint = try Checkpoint(folder)
      configuration = checkpoint.configuration
      var changed = checkpoint.configuration
      _ = try change(&changed)
      (head, tuning) = (nil, (changed, checkpoint))
      return
    }
    let place = try ProcessGroup.folder { try RunFolder.resuming(folder.head.path) }
    let checkpoint = try Checkpoint(place)
    var changed = checkpoint.configuration
    guard changed.fineTuning != nil else {
      throw FileError(place.path, "is not the run of a head that is fine-tuned: it is damaged")
    }
    let source = try change(&changed)
    (configuration, tuning) = (changed, nil)
    head =
      checkpoint.hasEnded(changed, in: place)
      ? nil
      : (
        try TrainingSession(
          resuming: checkpoint, in: place, changed, source: source, communicator: ProcessGroup.communicator),
        place
      )
  }

  /// Trains what is left.
  /// - Throws: The errors of the trainings.
  func run() throws -> TrainingOutcome {
    if let head {
      let training = RunTraining(
        session: head.session, folder: head.folder, verbosity: verbosity, outer: folder)
      let outcome = try training.run(live: nil, replacesRun: false)
      if ProcessGroup.communicator.isFirst { try folder.keepHead() }
      guard outcome.reason != .interrupted else { return outcome }
    }
    ProcessGroup.communicator.barrier()
    // Its features and its backbone are not needed any more.
    head = nil
    return try tune()
  }

  private func tune() throws -> TrainingOutcome {
    let session: TrainingSession
    if let (changed, checkpoint) = tuning {
      session = try TrainingSession(
        resuming: checkpoint, in: folder, changed, communicator: ProcessGroup.communicator)
      if !session.isContinued { try session.start(from: Model(folder.head.path)) }
    } else {
      let head = try Model(folder.head.path)
      session = try TrainingSession(
        configuration.tuning(from: head), communicator: ProcessGroup.communicator)
      try session.start(from: head)
    }
    let training = RunTraining(session: session, folder: folder, verbosity: verbosity)
    return try training.run(live: nil, replacesRun: false)
  }
}

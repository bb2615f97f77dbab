import WhiskerData
import WhiskerCore

/// Follows a sweep, such as a display or a report. It is called in the first process only. An error that an observer throws ends
/// the sweep.
public protocol SweepObserver: AnyObject {
  /// Called for every event in order, after the sweep's record was written.
  func observe(_ event: SweepEvent, _ context: SweepContext) throws

  /// Called after the sweep's tables were written: at the beginning, at most every second, and at the end.
  func tablesWritten(_ context: SweepContext) throws
}

extension SweepObserver {
  /// Does nothing.
  public func observe(_ event: SweepEvent, _ context: SweepContext) throws {}
  /// Does nothing.
  public func tablesWritten(_ context: SweepContext) throws {}
}

/// The state of a sweep, as its observers see it.
public struct SweepContext {
  /// The results so far.
  public let record: SweepRecord
  /// The sweep's folder.
  public let folder: SweepFolder
  /// The folder that the files are in for now: a hidden draft until an older run is replaced.
  public let currentFolder: SweepFolder
  /// Whether the sweep has ended.
  public let isDone: Bool
  let data: SweepData
  /// The trainings measured together; nil before that, and for trainings that stay apart.
  package let together: SweepMeasurement?

  /// The classes with a notable fraction of unreadable files.
  public var skippedClasses: [SkippedClass] { data.skippedClasses }
  /// What makes the accuracies on the held-out samples misleading.
  public var flaws: HeldOutFlaws { data.flaws }
  /// The classes.
  package var classNames: [String] { data.source.classNames }
  /// The finished trainings.
  public var progress: SweepProgress { SweepProgress(record) }
}

/// Several trainings measured together: an ensemble on the validation samples that all its members share, or the folds of a
/// cross-validation, each on the samples that it held back.
package struct SweepMeasurement: Sendable {
  package let result: EvaluationResult
  package let dataset: any Dataset
  /// The model files that classified the worst mistakes, by the index of the picture.
  package let modelFiles: [Int: String]
}

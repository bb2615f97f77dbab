import WhiskerTraining

/// The observers that `whisker train` attaches to a run: the report and, if the configuration asks for them, event files.
public struct RunObservers {
  /// The report.
  public let report: RunReporter
  /// The event files for TensorBoard; nil for none.
  public let events: EventRecorder?

  /// The observers of the run in `folder`.
  public init(_ folder: RunFolder, _ configuration: TrainingConfiguration) {
    report = RunReporter(folder)
    events = configuration.execution.tensorBoard ? EventRecorder(folder) : nil
  }

  /// All of them, in the order in which they are called.
  public var all: [any TrainingObserver] { (events.map { [$0] } ?? []) + [report] }
}

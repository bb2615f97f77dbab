import WhiskerCore
import WhiskerData
import WhiskerNN

/// Follows a training, such as a display, a report or a log. Where several processes train together, only the observers of the
/// first one are called. An error that an observer throws ends the training.
public protocol TrainingObserver: AnyObject {
  /// Called before the first batch, after the run's first files were written.
  func begin(_ context: TrainingContext) throws

  /// Called before a checkpoint is written. What an observer writes here is never behind the checkpoint.
  func prepareCheckpoint(_ context: TrainingContext) throws

  /// Called for every event in order, after the run's files were written.
  func observe(_ event: TrainingEvent, _ context: TrainingContext) throws
}

extension TrainingObserver {
  /// Does nothing.
  public func begin(_ context: TrainingContext) throws {}
  /// Does nothing.
  public func prepareCheckpoint(_ context: TrainingContext) throws {}
}

/// The state of a training, as its observers see it.
public struct TrainingContext {
  /// How this process began with the training.
  package enum Beginning {
    /// From the start.
    case new
    /// From a checkpoint.
    case resumed
    /// From a checkpoint of its own, as if it had not paused.
    case continued
  }

  /// The configuration.
  public let configuration: TrainingConfiguration
  /// The dataset.
  public let source: DataSource
  /// The network, with its current weights.
  public let network: Network
  /// The frozen layers before the network; nil for a training on pictures.
  public let backbone: Backbone?
  /// The origin and the licence of the weights that the training started from.
  let weightsOrigin: (source: String?, license: String?)
  /// The optimizer steps since the training began.
  public let steps: Int
  /// Whether the run is in its folder. A run that replaces another one is in a hidden draft until its first checkpoint.
  public let isInPlace: Bool
  /// The contents of the run's `args.json`.
  package let arguments: Checkpoint.Arguments
  package let beginning: Beginning
  package let split: DataSplit
  package let state: TrainingState
  /// The last validation; nil before the first, and without validation samples.
  package let lastEvaluation: EvaluationResult?
  /// The best weights so far.
  package let best: BestWeights?
  /// The names of settings in the run's files.
  package let settingName: @Sendable (Setting) -> String

  /// The samples that are trained on.
  public var training: SampleSet { split.training }
  /// The samples that are held back.
  public var validation: SampleSet { split.validation }
  /// The finished epochs.
  public var epochs: [EpochReport] { state.epochs }

  /// What makes the accuracy on the held-out samples misleading.
  public var flaws: HeldOutFlaws { split.flaws }

  /// The classes with a notable fraction of unreadable files.
  package var skippedClasses: [SkippedClass] {
    SkippedClass.notable(state.failures, in: [training, validation])
  }
}

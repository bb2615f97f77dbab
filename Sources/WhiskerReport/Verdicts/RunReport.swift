import WhiskerCore
import WhiskerTraining

/// The contents of a run's report.
struct RunReport {
  /// Whether the training goes on.
  enum Standing {
    case running(BatchReport?)
    case ended(TrainingOutcome)
  }

  let context: TrainingContext
  /// The run's folder.
  let path: String
  let standing: Standing
  /// Some augmented samples; nil where there is no augmentation.
  let augmentation: AugmentationSheet?

  var arguments: Checkpoint.Arguments { context.arguments }
  var state: TrainingState { context.state }
  var bestWeights: BestWeights? { context.best }
  var epochs: [EpochReport] { state.epochs }
  var validations: [EpochReport] { state.validations }
  var best: EpochReport? { state.best }
  /// The best report if it is of a whole epoch, and not of a validation within one.
  var bestEpoch: EpochReport? {
    best.flatMap { best in
      epochs.indices.contains(best.epoch - 1) && epochs[best.epoch - 1].step == best.step ? best : nil
    }
  }
  var hasValidation: Bool { best?.validationLoss != nil }
  var configuration: TrainingConfiguration { context.configuration }
  var classNames: [String] { context.source.classNames }
}

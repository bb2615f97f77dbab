/// The metrics of a training.
public enum Metrics {
  /// All metrics, in the order of the columns of `results.csv`.
  public static let all: [any Metric] = [
    TrainingLoss(), TrainingAccuracy(), ValidationLoss(), ValidationAccuracy(), EpochDuration(),
    ImagesPerSecond(),
    StepCount(), LearningRate(), AveragedLoss(), AveragedAccuracy(), WaitingShare(), LossWithoutDropout(),
    DropoutRates(),
  ]

  /// The place of each metric in `all`, by its key.
  static let places = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1.key, $0) })
}

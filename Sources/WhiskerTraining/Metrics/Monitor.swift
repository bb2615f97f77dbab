/// The metric that decides which weights are best, when a training stops early, and which setting of a sweep is best.
///
/// The validation loss is the default. It uses the probability of every answer, while the accuracy counts only right and
/// wrong. On a few hundred pictures it varies less from epoch to epoch, so that the choice of the best epoch is less
/// optimistic, and its weights give better calibrated probabilities.
public enum Monitor: String, Sendable, Codable, CaseIterable {
  /// The mean cross-entropy over the validation samples.
  case validationLoss = "val_loss"
  /// The accuracy on the validation samples; of equals the lower loss.
  case validationAccuracy = "val_accuracy"

  /// The metric.
  public var metric: any Metric { self == .validationLoss ? ValidationLoss() : ValidationAccuracy() }
  /// The metric in words.
  public var words: String { metric.title }

  /// The rank of weights: the best has the lowest, by the first number, of equals by the second.
  func rank(loss: Double, accuracy: Double) -> (Double, Double) {
    switch self {
    case .validationLoss: (loss, 0)
    case .validationAccuracy: (-accuracy, loss)
    }
  }
}

extension EpochReport {
  /// The rank of the weights. Without a validation, the metrics of the training are used instead.
  func rank(by monitor: Monitor) -> (Double, Double) {
    monitor.rank(loss: decisiveLoss, accuracy: validationAccuracy ?? accuracy)
  }
}

extension [EpochReport] {
  /// The best report, the earliest of equals.
  package func best(by monitor: Monitor) -> EpochReport? {
    self.min { ($0.rank(by: monitor), $0.step) < ($1.rank(by: monitor), $1.step) }
  }

  /// The report with the best averaged weights, the earliest of equals; nil without an average.
  func bestAverage(by monitor: Monitor) -> EpochReport? {
    let measured = compactMap { report in
      report.averaged.map { (report, monitor.rank(loss: $0.loss, accuracy: $0.accuracy)) }
    }
    return measured.min { ($0.1, $0.0.step) < ($1.1, $1.0.step) }?.0
  }
}

private func < (_ one: ((Double, Double), Int), _ other: ((Double, Double), Int)) -> Bool {
  one.0 == other.0 ? one.1 < other.1 : one.0 < other.0
}

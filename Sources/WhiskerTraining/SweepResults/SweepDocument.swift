/// The contents of `results.json`: a sweep's record and its summary. Only the record is read back.
struct SweepDocument: Encodable {
  private struct Figure: Encodable {
    let mean: Double
    let sd: Double?
    let ci95: Double?

    init?(_ statistics: SeedStatistics?) {
      guard let statistics else { return nil }
      (mean, sd, ci95) = (statistics.mean, statistics.standardDeviation, statistics.halfWidth)
    }
  }

  private struct Comparison: Encodable {
    let best_minus_this: Double
    let ci: Double
    let is_within_noise: Bool
  }

  private struct Setting: Encodable {
    let dropout: [Double]
    let learning_rate: Double
    let seeds: Int
    let epochs: Int
    let is_complete: Bool
    let failure: String?
    let accuracy: Figure?
    let loss: Figure?
    let val_accuracy: Figure?
    let val_loss: Figure?
    let accuracy_gap: Figure?
    let loss_gap: Figure?
    let comparison: Comparison?

    init(_ summary: SettingSummary, _ compared: PairedComparison?) {
      (dropout, learning_rate) = (summary.setting.dropout, summary.setting.learningRate)
      (seeds, epochs, is_complete) = (summary.trainings.count, summary.epochs, summary.isComplete)
      failure = summary.failure
      (accuracy, loss) = (Figure(summary.trainingAccuracy), Figure(summary.trainingLoss))
      (val_accuracy, val_loss) = (Figure(summary.validationAccuracy), Figure(summary.validationLoss))
      (accuracy_gap, loss_gap) = (Figure(summary.accuracyGap), Figure(summary.lossGap))
      comparison = compared.map {
        Comparison(best_minus_this: $0.difference, ci: $0.halfWidth, is_within_noise: $0.isWithinNoise)
      }
    }
  }

  private let record: SweepRecord

  private enum Key: CodingKey {
    case settings, best
  }

  init(_ record: SweepRecord) { self.record = record }

  func encode(to encoder: any Encoder) throws {
    try record.encode(to: encoder)
    let summary = record.summary
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(
      zip(summary.settings, summary.comparisons).map { Setting($0, $1) }, forKey: .settings)
    try container.encode(summary.best, forKey: .best)
  }
}

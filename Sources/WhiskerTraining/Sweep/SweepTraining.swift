/// What came of one training of a sweep, without its times: the same whatever the threads, and wherever it was stopped.
public struct SweepTraining: Sendable, Codable, Equatable {
  /// A validation of the training.
  public struct Epoch: Sendable, Codable, Equatable {
    /// Counted from 1.
    public let epoch: Int
    /// The steps made since the training began.
    public let step: Int
    /// Over the training samples, with dropout, while the weights changed.
    public let loss: Double
    /// The share of the training samples told right, 0 to 1, likewise.
    public let accuracy: Double
    /// The mean cross-entropy over the validation samples, without dropout.
    public let validationLoss: Double
    /// The share of the validation samples told right, 0 to 1.
    public let validationAccuracy: Double

    private enum CodingKeys: String, CodingKey {
      case epoch, step, loss, accuracy, validationLoss = "val_loss", validationAccuracy = "val_accuracy"
    }

    func rank(by monitor: Monitor) -> (Double, Double) {
      monitor.rank(loss: validationLoss, accuracy: validationAccuracy)
    }

    /// Nil where nothing was validated.
    init?(_ report: EpochReport) {
      guard let loss = report.validationLoss, let accuracy = report.validationAccuracy else { return nil }
      (epoch, step, self.loss, self.accuracy) = (report.epoch, report.step, report.loss, report.accuracy)
      (validationLoss, validationAccuracy) = (loss, accuracy)
    }
  }

  /// The place of its setting among the sweep's.
  public let setting: Int
  /// The training's seed.
  public let seed: UInt64
  /// The finished epochs.
  public let epochs: [Epoch]
  /// The best validation, whose weights are kept.
  public let best: Epoch?
  /// How those weights do on the training samples, with dropout off; nil where the training failed.
  public let training: EpochReport.Measure?
  /// Whether there is nothing more to train.
  public let hasEnded: Bool
  /// Why it came to nothing; nil where it did not.
  public let failure: String?

  private enum CodingKeys: String, CodingKey {
    case setting, seed, epochs, best, training, hasEnded = "has_ended", failure
  }

  /// Whether this training has come as far as `epochs`, or can go no further.
  func hasReached(_ epochs: Int) -> Bool { hasEnded || self.epochs.count >= epochs }

  /// The accuracy on the training samples less that on the validation samples.
  public var accuracyGap: Double? {
    training.flatMap { measure in best.map { measure.accuracy - $0.validationAccuracy } }
  }

  /// The loss on the validation samples less that on the training samples.
  public var lossGap: Double? {
    training.flatMap { measure in best.map { $0.validationLoss - measure.loss } }
  }
}

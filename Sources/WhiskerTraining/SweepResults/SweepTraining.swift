/// The result of one training of a sweep, without its times: the same for any threads and interruptions.
public struct SweepTraining: Sendable, Codable, Equatable {
  /// A validation of the training.
  public struct Epoch: Sendable, Codable, Equatable {
    /// Counted from 1.
    public let epoch: Int
    /// The steps made since the training began.
    public let step: Int
    /// The mean loss over the training samples, with dropout, while the weights changed.
    public let loss: Double
    /// The accuracy on the training samples, 0 to 1, likewise.
    public let accuracy: Double
    /// The mean cross-entropy over the validation samples, without dropout.
    public let validationLoss: Double
    /// The accuracy on the validation samples, 0 to 1.
    public let validationAccuracy: Double

    private enum CodingKeys: String, CodingKey {
      case epoch, step, loss, accuracy, validationLoss = "val_loss", validationAccuracy = "val_accuracy"
    }

    func rank(by monitor: Monitor) -> (Double, Double) {
      monitor.rank(loss: validationLoss, accuracy: validationAccuracy)
    }

    /// Nil without validation.
    init?(_ report: EpochReport) {
      guard let loss = report.validationLoss, let accuracy = report.validationAccuracy else { return nil }
      (epoch, step, self.loss, self.accuracy) = (report.epoch, report.step, report.loss, report.accuracy)
      (validationLoss, validationAccuracy) = (loss, accuracy)
    }
  }

  /// The index of its setting.
  public let setting: Int
  /// The training's seed.
  public let seed: UInt64
  /// The finished epochs.
  public let epochs: [Epoch]
  /// The best validation, whose weights are kept.
  public let best: Epoch?
  /// Those weights on the training samples, with dropout off; nil if the training failed.
  public let training: EpochReport.Measure?
  /// Whether the training has ended.
  public let hasEnded: Bool
  /// The error; nil if the training did not fail.
  public let failure: String?

  private enum CodingKeys: String, CodingKey {
    case setting, seed, epochs, best, training, hasEnded = "has_ended", failure
  }

  /// Whether this training has reached `epochs`, or has ended.
  func hasReached(_ epochs: Int) -> Bool { hasEnded || self.epochs.count >= epochs }

  /// The accuracy on the training samples minus that on the validation samples.
  public var accuracyGap: Double? {
    training.flatMap { measure in best.map { measure.accuracy - $0.validationAccuracy } }
  }

  /// The loss on the validation samples minus that on the training samples.
  public var lossGap: Double? {
    training.flatMap { measure in best.map { $0.validationLoss - measure.loss } }
  }
}

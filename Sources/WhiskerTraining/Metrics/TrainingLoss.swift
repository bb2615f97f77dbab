/// The mean loss over the training samples, with dropout, while the weights change.
public struct TrainingLoss: Metric {
  public let key = "loss"
  public let title = "training loss"
  public let kind = MetricKind.training
  public let chart: MetricChart? = .loss
  public let curveName = "training"
  public init() {}
  public func values(of measurements: EpochMeasurements) -> [Double] { [measurements.loss] }
}

extension EpochReport {
  /// The mean loss over the training samples, with dropout, while the weights changed.
  public var loss: Double { self[TrainingLoss()] ?? .nan }
  /// The loss that a learning rate schedule follows: the validation loss, or the training loss without validation.
  public var decisiveLoss: Double { validationLoss ?? loss }
}

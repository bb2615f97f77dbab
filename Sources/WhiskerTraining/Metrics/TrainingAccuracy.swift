/// The accuracy on the training samples, with dropout, while the weights change.
public struct TrainingAccuracy: Metric {
  public let key = "accuracy"
  public let title = "training accuracy"
  public let kind = MetricKind.training
  public let chart: MetricChart? = .accuracy
  public let curveName = "training"
  public init() {}
  public func values(of measurements: EpochMeasurements) -> [Double] { [measurements.accuracy] }
}

extension EpochReport {
  /// The accuracy on the training samples, 0 to 1, with dropout, while the weights changed.
  public var accuracy: Double { self[TrainingAccuracy()] ?? .nan }
}

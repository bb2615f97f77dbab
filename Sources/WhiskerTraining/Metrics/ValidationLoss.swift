/// The mean loss over the validation samples, without dropout.
public struct ValidationLoss: Metric {
  public let key = "val_loss"
  public let title = "validation loss"
  public let kind = MetricKind.validation
  public let chart: MetricChart? = .loss
  public let curveName = "validation"
  public init() {}
  public func values(of measurements: EpochMeasurements) -> [Double] {
    measurements.validation.map { [$0.loss] } ?? []
  }
}

extension EpochReport {
  /// The mean loss over the validation samples, without dropout; nil without validation samples.
  public var validationLoss: Double? { self[ValidationLoss()] }
}

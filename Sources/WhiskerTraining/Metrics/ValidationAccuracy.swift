/// The accuracy on the validation samples, without dropout.
public struct ValidationAccuracy: Metric {
  public let key = "val_accuracy"
  public let title = "validation accuracy"
  public let kind = MetricKind.validation
  public let chart: MetricChart? = .accuracy
  public let curveName = "validation"
  public init() {}
  public func values(of measurements: EpochMeasurements) -> [Double] {
    measurements.validation.map { [$0.accuracy] } ?? []
  }
}

extension EpochReport {
  /// The accuracy on the validation samples, 0 to 1; nil without validation samples.
  public var validationAccuracy: Double? { self[ValidationAccuracy()] }
}

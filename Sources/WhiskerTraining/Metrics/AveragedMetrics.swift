/// The mean loss of the averaged weights over the validation samples.
public struct AveragedLoss: Metric {
  public let key = "average_val_loss"
  public let title = "validation loss of the averaged weights"
  public let kind = MetricKind.averaged
  public let jsonPath = ["averaged", "loss"]
  public let chart: MetricChart? = .loss
  public let curveName = "averaged weights"
  public let tableHeading: String? = nil
  public init() {}
  public func values(of measurements: EpochMeasurements) -> [Double] {
    measurements.averaged.map { [$0.loss] } ?? []
  }
  public func terminalText(_ values: [Double]) -> String? { "averaged \(text(values[0]))" }
}

/// The accuracy of the averaged weights on the validation samples.
public struct AveragedAccuracy: Metric {
  public let key = "average_val_accuracy"
  public let title = "validation accuracy of the averaged weights"
  public let kind = MetricKind.averaged
  public let jsonPath = ["averaged", "accuracy"]
  public let chart: MetricChart? = .accuracy
  public let curveName = "averaged weights"
  public let tableHeading: String? = nil
  public init() {}
  public func values(of measurements: EpochMeasurements) -> [Double] {
    measurements.averaged.map { [$0.accuracy] } ?? []
  }
  public func terminalText(_ values: [Double]) -> String? { text(values[0]) }
}

extension EpochReport {
  /// The loss and accuracy of weights on a set of samples.
  public struct Measure: Sendable, Codable, Equatable {
    /// The mean cross-entropy.
    public let loss: Double
    /// The accuracy, 0 to 1.
    public let accuracy: Double
  }

  /// The averaged weights on the validation samples; nil without an average.
  public var averaged: Measure? {
    guard let loss = self[AveragedLoss()], let accuracy = self[AveragedAccuracy()] else { return nil }
    return Measure(loss: loss, accuracy: accuracy)
  }
}

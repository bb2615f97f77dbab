import WhiskerCore

/// The mean loss over training samples without dropout, which adaptive dropout rates follow.
public struct LossWithoutDropout: Metric {
  public let key = "train_loss"
  public let title = "training loss without dropout"
  public let kind = MetricKind.dropout
  public let jsonPath = ["dropout", "train_loss"]
  public let chart: MetricChart? = .loss
  public let curveName = "training without dropout"
  public let tableHeading: String? = nil
  public init() {}
  public func values(of measurements: EpochMeasurements) -> [Double] {
    measurements.dropout.map { [$0.trainingLoss] } ?? []
  }
  public func terminalText(_ values: [Double]) -> String? { nil }
}

/// The adaptive dropout rates of the layers, in order.
public struct DropoutRates: Metric {
  public let key = "dropout"
  public let title = "dropout rates"
  public let kind = MetricKind.dropout
  public let jsonPath = ["dropout", "rates"]
  public let isList = true
  public let tableHeading: String? = nil
  public init() {}
  public func values(of measurements: EpochMeasurements) -> [Double] { measurements.dropout?.rates ?? [] }
  public func text(_ value: Double) -> String { fixed(value, 3) }
}

extension EpochReport {
  /// Adaptive dropout at a validation.
  public struct Dropout: Sendable, Equatable {
    /// The rates of the layers so far, in order.
    public let rates: [Double]
    /// The mean loss over training samples, without dropout.
    public let trainingLoss: Double
  }

  /// The dropout rates and the loss that they follow; nil where the rates are fixed.
  public var dropout: Dropout? {
    self[LossWithoutDropout()].map { Dropout(rates: values(of: DropoutRates()), trainingLoss: $0) }
  }
}

import WhiskerCore

/// The optimizer steps since the training began.
public struct StepCount: Metric {
  public let key = "step"
  public let title = "steps"
  public let kind = MetricKind.optimizer
  public let tableHeading: String? = nil
  public let isInTensorBoard = false
  public init() {}
  public func values(of measurements: EpochMeasurements) -> [Double] { [Double(measurements.step)] }
  public func fileText(_ value: Double) -> String { fixed(value, 0) }
  public func terminalText(_ values: [Double]) -> String? { nil }
}

/// The learning rate of the last step.
public struct LearningRate: Metric {
  public let key = "learning_rate"
  public let title = "learning rate"
  public let kind = MetricKind.optimizer
  public let tableHeading: String? = "learning rate"
  public init() {}
  public func values(of measurements: EpochMeasurements) -> [Double] { [measurements.learningRate] }
  public func fileText(_ value: Double) -> String { "\(value)" }
  public func text(_ value: Double) -> String { "\(Float(value))" }
  public func terminalText(_ values: [Double]) -> String? { nil }
}

extension EpochReport {
  /// The learning rate of the last step.
  public var learningRate: Double { self[LearningRate()] ?? .nan }
}

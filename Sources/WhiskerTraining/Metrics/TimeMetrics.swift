import WhiskerCore

/// The duration of an epoch in seconds, validation included.
public struct EpochDuration: Metric {
  public let key = "seconds"
  public let title = "time"
  public let kind = MetricKind.time
  public let tableHeading: String? = "time"
  public let isInTensorBoard = false
  public init() {}
  public func values(of measurements: EpochMeasurements) -> [Double] { [measurements.seconds] }
  public func fileText(_ value: Double) -> String { fixed(value, 3) }
  public func text(_ value: Double) -> String { duration(value) }
  public func terminalText(_ values: [Double]) -> String? { text(values[0]) }
}

/// Training samples per second, validation excluded.
public struct ImagesPerSecond: Metric {
  public let key = "images_per_second"
  public let title = "images per second"
  public let kind = MetricKind.time
  public let tableHeading: String? = "images/s"
  public init() {}
  public func values(of measurements: EpochMeasurements) -> [Double] { [measurements.imagesPerSecond] }
  public func fileText(_ value: Double) -> String { fixed(value, 1) }
  public func text(_ value: Double) -> String { grouped(Int(value)) }
  public func terminalText(_ values: [Double]) -> String? { "\(text(values[0])) images/s" }
}

/// The fraction of the training time in which the network waited for data.
public struct WaitingShare: Metric {
  public let key = "waiting_share"
  public let title = "waiting for data"
  public let kind = MetricKind.time
  public let tableHeading: String? = "waiting"
  public let isInTensorBoard = false
  public init() {}
  public func values(of measurements: EpochMeasurements) -> [Double] { [measurements.waitingShare] }
  public func fileText(_ value: Double) -> String { fixed(value, 4) }
  public func text(_ value: Double) -> String { percent(value) }
  public func terminalText(_ values: [Double]) -> String? { "waiting \(text(values[0]))" }
}

extension EpochReport {
  /// The duration of the epoch in seconds, validation included; 0 where it is not known.
  public var seconds: Double { self[EpochDuration()] ?? 0 }
  /// Training samples per second, validation excluded.
  public var imagesPerSecond: Double { self[ImagesPerSecond()] ?? 0 }
  /// The fraction of the training time, 0 to 1, in which the network waited for data.
  public var waitingShare: Double { self[WaitingShare()] ?? 0 }
}

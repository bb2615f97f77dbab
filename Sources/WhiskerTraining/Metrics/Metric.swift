import WhiskerCore

/// A metric that every epoch and every validation reports. The tables, TensorBoard, the report and the terminal read what the
/// metric says of itself. A new metric is a type that conforms to this and an entry of `Metrics.all`.
public protocol Metric: Sendable {
  /// The column of `results.csv`, the tag in TensorBoard and the name at the terminal: "val_loss".
  var key: String { get }
  /// The metric in words: "validation loss".
  var title: String { get }
  /// What the metric is about. Decides where it is shown.
  var kind: MetricKind { get }
  /// The metric of an epoch: one value, or one per layer; empty if there is nothing to report.
  func values(of measurements: EpochMeasurements) -> [Double]

  /// The keys that lead to the value in `metrics.json`; the metric's key by default.
  var jsonPath: [String] { get }
  /// Whether a value has several elements, each with its own column.
  var isList: Bool { get }
  /// The chart of the report that shows the metric; nil for none.
  var chart: MetricChart? { get }
  /// The name of its curve in that chart.
  var curveName: String { get }
  /// The heading of its column in the report's table of epochs; nil for no column.
  var tableHeading: String? { get }
  /// Whether TensorBoard gets it.
  var isInTensorBoard: Bool { get }
  /// A value in `results.csv`.
  func fileText(_ value: Double) -> String
  /// A value for a reader.
  func text(_ value: Double) -> String
  /// The metric in the terminal's line of an epoch; nil to leave it out.
  func terminalText(_ values: [Double]) -> String?
}

extension Metric {
  public var jsonPath: [String] { [key] }
  public var isList: Bool { false }
  public var chart: MetricChart? { nil }
  public var curveName: String { title }
  public var tableHeading: String? { key }
  public var isInTensorBoard: Bool { true }
  public func fileText(_ value: Double) -> String { fixed(value, 6) }
  public func text(_ value: Double) -> String { fixed(value, 4) }
  public func terminalText(_ values: [Double]) -> String? {
    "\(key) \(values.map(text).joined(separator: ","))"
  }
}

/// What a metric is about.
public enum MetricKind: Sendable {
  /// The training samples, while the weights change.
  case training
  /// The validation samples.
  case validation
  /// The averaged weights on the validation samples.
  case averaged
  /// The optimizer.
  case optimizer
  /// The time. It depends on the machine, so that no checkpoint holds it.
  case time
  /// The adaptation of dropout. Only a run that adapts it has these columns.
  case dropout
}

/// A chart of the report.
public enum MetricChart: String, Sendable, CaseIterable {
  case loss
  case accuracy
}

/// What is measured at the end of an epoch, from which its metrics are computed.
public struct EpochMeasurements {
  /// The optimizer steps since the training began.
  public var step = 0
  /// The mean loss over the training samples of the epoch, with dropout.
  public var loss = 0.0
  /// The accuracy on them, 0 to 1.
  public var accuracy = 0.0
  /// The validation; nil without validation samples.
  public var validation: Evaluation?
  /// The validation of the averaged weights; nil without an average.
  public var averaged: Evaluation?
  /// The temperature fitted on the validation samples; nil without one.
  public var temperature: TemperatureScaling?
  /// The temperature of the averaged weights; nil without one.
  public var averagedTemperature: TemperatureScaling?
  /// The dropout rates and the loss that they follow; nil where the rates are fixed.
  public var dropout: EpochReport.Dropout?
  /// The learning rate of the last step.
  public var learningRate = 0.0
  /// The duration of the epoch in seconds, validation included.
  public var seconds = 0.0
  /// Training samples per second, validation excluded.
  public var imagesPerSecond = 0.0
  /// The fraction of the training time, 0 to 1, in which the network waited for data.
  public var waitingShare = 0.0

  /// Measurements of 0, without validation.
  public init() {}
}

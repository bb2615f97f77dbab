/// The metrics of an epoch, or of its part before a validation.
public struct EpochReport: Sendable, Equatable {
  /// The epoch, counted from 1.
  public let epoch: Int
  /// The optimizer steps since the training began.
  public let step: Int
  /// The temperature fitted on the validation samples; nil without one.
  public let temperature: TemperatureScaling?
  /// The temperature of the averaged weights; nil without one.
  public let averagedTemperature: TemperatureScaling?
  /// The value of each metric of `Metrics.all`; nil for none, and for lists.
  private var values = [Double?](repeating: nil, count: Metrics.all.count)
  /// The lists, by the metric's key.
  private var lists: [String: [Double]] = [:]

  /// The metrics of `measurements`.
  public init(epoch: Int, _ measurements: EpochMeasurements) {
    (self.epoch, step) = (epoch, measurements.step)
    (temperature, averagedTemperature) = (measurements.temperature, measurements.averagedTemperature)
    for metric in Metrics.all { set(metric, metric.values(of: measurements)) }
  }

  /// The value of a metric; nil for none.
  public subscript(metric: some Metric) -> Double? { Metrics.places[metric.key].flatMap { values[$0] } }

  /// The values of a metric: none, one, or those of a list.
  public func values(of metric: some Metric) -> [Double] {
    metric.isList ? lists[metric.key] ?? [] : self[metric].map { [$0] } ?? []
  }

  mutating func set(_ metric: some Metric, _ new: [Double]) {
    if metric.isList {
      lists[metric.key] = new.isEmpty ? nil : new
    } else if let place = Metrics.places[metric.key] {
      values[place] = new.first
    }
  }
}

extension EpochReport: Codable {
  private static let (temperatureKey, averagedTemperatureKey) = (
    Key("calibration"), Key("average_calibration")
  )

  private struct Key: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
  }

  /// Writes the metrics that have a value.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(epoch, forKey: Key("epoch"))
    try container.encodeIfPresent(temperature, forKey: Self.temperatureKey)
    try container.encodeIfPresent(averagedTemperature, forKey: Self.averagedTemperatureKey)
    var groups: [String: KeyedEncodingContainer<Key>] = [:]
    for metric in Metrics.all {
      let (values, path) = (self.values(of: metric), metric.jsonPath)
      guard let first = values.first, let last = path.last else { continue }
      var target = container
      if path.count > 1 {
        target = groups[path[0]] ?? container.nestedContainer(keyedBy: Key.self, forKey: Key(path[0]))
        groups[path[0]] = target
      }
      if metric.isList {
        try target.encode(values, forKey: Key(last))
      } else {
        try target.encode(first, forKey: Key(last))
      }
    }
  }

  /// Reads what an older version or this one wrote. A metric that is missing has no value.
  /// - Throws: `DecodingError` when it is damaged.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    epoch = try container.decode(Int.self, forKey: Key("epoch"))
    step = try container.decode(Int.self, forKey: Key("step"))
    temperature = try container.decodeIfPresent(TemperatureScaling.self, forKey: Self.temperatureKey)
    averagedTemperature = try container.decodeIfPresent(
      TemperatureScaling.self, forKey: Self.averagedTemperatureKey)
    for metric in Metrics.all {
      let path = metric.jsonPath
      var source = container
      if path.count > 1 {
        guard container.contains(Key(path[0])) else { continue }
        source = try container.nestedContainer(keyedBy: Key.self, forKey: Key(path[0]))
      }
      let key = Key(path[path.count - 1])
      if metric.isList {
        set(metric, try source.decodeIfPresent([Double].self, forKey: key) ?? [])
      } else {
        set(metric, try source.decodeIfPresent(Double.self, forKey: key).map { [$0] } ?? [])
      }
    }
    for required in [Key("loss"), Key("accuracy"), Key("learning_rate")] where !container.contains(required) {
      throw DecodingError.keyNotFound(
        required, .init(codingPath: container.codingPath, debugDescription: "a metric is missing"))
    }
  }
}

extension EpochReport {
  /// Without the times, which differ from machine to machine.
  var untimed: EpochReport {
    var report = self
    for metric in Metrics.all where metric.kind == .time { report.set(metric, [0]) }
    return report
  }
}

extension Model.TrainingSummary {
  /// The summary of a training that has come as far as `report`.
  public init(seed: UInt64, steps: Int, report: EpochReport?) {
    self.init(seed: seed, epoch: report?.epoch ?? 0, steps: steps)
    (loss, accuracy) = (report?.loss, report?.accuracy)
    (validationLoss, validationAccuracy) = (report?.validationLoss, report?.validationAccuracy)
  }
}

import WhiskerCore

/// The server's counters, as text for Prometheus (exposition format 0.0.4).
package struct ServerMetrics: Sendable {
  /// Values at the time of the query.
  package struct Gauges: Sendable {
    package var connections: Int
    /// Requests that are being received, computed or answered.
    package var requests: Int
    /// Pictures without an answer.
    package var pictures: Int
    /// Bytes of requests and responses in memory.
    package var bytes: Int

    package init(connections: Int, requests: Int, pictures: Int, bytes: Int) {
      (self.connections, self.requests, self.pictures, self.bytes) = (connections, requests, pictures, bytes)
    }
  }

  /// The upper bounds of the histogram, in seconds.
  private static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

  /// The responses by status.
  private var responses: [Int: Int] = [:]
  private var (predicted, unreadable) = (0, 0)
  /// The predictions up to each bound and beyond the last one.
  private var durations = [Int](repeating: 0, count: bounds.count + 1)
  private var seconds = 0.0

  package init() {}

  package mutating func countResponse(_ status: Int) { responses[status, default: 0] += 1 }

  /// Counts the answer to a request with pictures.
  /// - Parameter seconds: The time from the head of the request to the answer.
  package mutating func countPrediction(predicted: Int, unreadable: Int, seconds: Double) {
    self.predicted += predicted
    self.unreadable += unreadable
    durations[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
    self.seconds += seconds
  }

  /// The text.
  package func text(_ gauges: Gauges) -> String {
    var lines: [String] = []
    func add(_ name: String, _ type: String, _ help: String, _ samples: [(labels: String, value: String)]) {
      lines += ["# HELP whisker_\(name) \(help)", "# TYPE whisker_\(name) \(type)"]
      lines += samples.map { "whisker_\(name)\($0.labels) \($0.value)" }
    }
    add(
      "requests_total", "counter", "Responses by status.",
      responses.sorted { $0.key < $1.key }.map { ("{status=\"\($0.key)\"}", "\($0.value)") })
    add(
      "pictures_total", "counter", "Pictures by result.",
      [("{result=\"predicted\"}", "\(predicted)"), ("{result=\"unreadable\"}", "\(unreadable)")])
    add(
      "prediction_seconds", "histogram", "Time from the start of a request with pictures to its answer.",
      [])
    var sum = 0
    for (bound, count) in zip(Self.bounds.map { "\($0)" } + ["+Inf"], durations) {
      sum += count
      lines.append("whisker_prediction_seconds_bucket{le=\"\(bound)\"} \(sum)")
    }
    lines += ["whisker_prediction_seconds_sum \(seconds)", "whisker_prediction_seconds_count \(sum)"]
    add("connections", "gauge", "Open connections.", [("", "\(gauges.connections)")])
    add("requests_in_flight", "gauge", "Requests without a complete response.", [("", "\(gauges.requests)")])
    add("queue_length", "gauge", "Pictures that wait or are computed.", [("", "\(gauges.pictures)")])
    add("buffered_bytes", "gauge", "Bytes of requests and responses in memory.", [("", "\(gauges.bytes)")])
    return lines.joined(separator: "\n") + "\n"
  }
}

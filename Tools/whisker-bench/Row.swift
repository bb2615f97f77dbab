import WhiskerCore

/// A row of the table: the results of one program in one benchmark.
struct Row: Encodable {
  /// A ratio to another result.
  struct Ratio: Encodable {
    let value: Double
    /// "of the peak", "x Keras".
    let to: String
  }

  let benchmark: String
  let contender: String
  let unit: String
  let minimum: Double
  let median: Double
  let maximum: Double
  let runs: Int
  var ratios: [Ratio] = []

  /// The minimum, median and maximum of `values`, which must not be empty.
  init(_ benchmark: String, _ contender: String, unit: String, _ values: [Double]) {
    (self.benchmark, self.contender, self.unit) = (benchmark, contender, unit)
    (minimum, maximum, runs) = (values.min()!, values.max()!, values.count)
    median = values.median
  }

  /// Adds the ratio of the median to another value.
  mutating func compare(with other: Double, _ words: String) {
    ratios.append(Ratio(value: median / other, to: words))
  }

  static let header = ["", "", "minimum", "median", "maximum", "", ""]

  /// The cells to print. Only the first row of a benchmark shows its name.
  func cells(isFirst: Bool) -> [String] {
    let ratios = ratios.map { "\(fixed($0.value, 2)) \($0.to)" }
    return [
      isFirst ? benchmark : "", contender, number(minimum), number(median), number(maximum), unit,
      ratios.joined(separator: ", "),
    ]
  }

  private func number(_ value: Double) -> String {
    value >= 1000 ? grouped(Int(value.rounded())) : fixed(value, value < 10 ? 2 : 1)
  }
}

extension [Double] {
  /// The median of the values, of which there must be one.
  var median: Double {
    let sorted = sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}

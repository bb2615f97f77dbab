import ArgumentParser
import WhiskerCore
import WhiskerTraining

/// A value, `0.3`, or a range with its step, `0:0.7:0.1`.
struct ValueRange {
  let values: [Double]

  /// More values are probably a typing error.
  private static let limit = 1000

  init?(_ text: Substring) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Double($0) }.filter(\.isFinite)
    guard numbers.count == parts.count, let first = numbers.first else { return nil }
    guard parts.count > 1 else {
      values = [first]
      return
    }
    guard parts.count == 3, numbers[2] > 0, numbers[1] >= first else { return nil }
    // Includes the end, although ten times 0.1 is not exactly 1.
    let steps = (numbers[1] - first) / numbers[2] + 1e-9
    guard steps < Double(Self.limit) else { return nil }
    let decimals = parts.map(Self.decimals).max() ?? 0
    values = (0...Int(steps)).map { Self.rounded(first + Double($0) * numbers[2], decimals) }
    // Steps below the precision repeat values.
    guard Set(values).count == values.count else { return nil }
  }

  private static func decimals(_ text: Substring) -> Int {
    let lowered = text.lowercased()
    let mantissa = lowered.prefix { $0 != "e" }
    let exponent = Int(lowered.dropFirst(mantissa.count + 1)) ?? 0
    let places =
      mantissa.split(separator: ".", omittingEmptySubsequences: false).dropFirst().first?.count ?? 0
    return min(17, max(0, places - exponent))
  }

  /// The number as it would be typed: 0.3, not 0.30000000000000004, which would be another training.
  private static func rounded(_ value: Double, _ decimals: Int) -> Double {
    Double(fixed(value, decimals)) ?? value
  }
}

/// Dropout rates to try: a range for all dropout layers, or comma-separated ranges, one per layer.
struct RateRanges: ExpressibleByArgument {
  let axes: [[Double]]

  init?(argument: String) {
    let ranges = argument.split(separator: ",", omittingEmptySubsequences: false).map { ValueRange($0) }
    guard !ranges.isEmpty, ranges.allSatisfy({ $0 != nil }) else { return nil }
    axes = ranges.compactMap { $0?.values }
  }
}

/// Learning rates to try: comma-separated numbers and ranges.
struct ValueList: ExpressibleByArgument {
  let values: [Double]

  init?(argument: String) {
    let ranges = argument.split(separator: ",", omittingEmptySubsequences: false).map { ValueRange($0) }
    guard !ranges.isEmpty, ranges.allSatisfy({ $0 != nil }) else { return nil }
    values = ranges.compactMap { $0?.values }.flatMap(\.self)
    guard Set(values).count == values.count else { return nil }
  }
}

import ArgumentParser
import WhiskerTensor
import WhiskerTraining

/// Values as `0.3`, or as `0:0.7:0.1`: from the first to the second, in steps of the third.
struct ValueRange {
  let values: [Double]

  /// More of them are a slip.
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
    // The last one counts, although ten times 0.1 is not quite 1.
    let steps = (numbers[1] - first) / numbers[2] + 1e-9
    guard steps < Double(Self.limit) else { return nil }
    let decimals = parts.map(Self.decimals).max() ?? 0
    values = (0...Int(steps)).map { Self.rounded(first + Double($0) * numbers[2], decimals) }
    // Steps that are too small for the decimals, or for the numbers that they are added to, lead nowhere.
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

  /// The number that is typed so: 0.3, and not 0.30000000000000004, with which a training would be another one.
  private static func rounded(_ value: Double, _ decimals: Int) -> Double {
    Double(fixed(value, decimals)) ?? value
  }
}

/// Dropout rates to try: a range for all dropout layers, or one for each, separated by commas.
struct RateRanges: ExpressibleByArgument {
  let axes: [[Double]]

  init?(argument: String) {
    let ranges = argument.split(separator: ",", omittingEmptySubsequences: false).map { ValueRange($0) }
    guard !ranges.isEmpty, ranges.allSatisfy({ $0 != nil }) else { return nil }
    axes = ranges.compactMap { $0?.values }
  }
}

/// Learning rates to try: numbers and ranges, separated by commas.
struct ValueList: ExpressibleByArgument {
  let values: [Double]

  init?(argument: String) {
    let ranges = argument.split(separator: ",", omittingEmptySubsequences: false).map { ValueRange($0) }
    guard !ranges.isEmpty, ranges.allSatisfy({ $0 != nil }) else { return nil }
    values = ranges.compactMap { $0?.values }.flatMap(\.self)
    guard Set(values).count == values.count else { return nil }
  }
}

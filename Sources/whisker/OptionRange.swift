import ArgumentParser

extension ClosedRange<Int> {
  /// Makes sure that an option's value lies in the range; an option that was not given does.
  /// - Throws: `ValidationError`, with the option and the range.
  func check(_ value: Int?, _ option: String) throws {
    guard let value, !contains(value) else { return }
    throw ValidationError("\(option) must be from \(lowerBound) to \(upperBound), not \(value).")
  }
}

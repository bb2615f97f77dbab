/// The settings of an option behind commas, by name, each looked at once.
final class Settings {
  private var values: [Substring: Substring] = [:]

  /// Nil where one is not `name=value`, or is there twice.
  init?(_ parts: ArraySlice<Substring>) {
    for part in parts {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard sides.count == 2, values.updateValue(sides[1], forKey: sides[0]) == nil else { return nil }
    }
  }

  var isUsedUp: Bool { values.isEmpty }

  /// The setting, or its default; nil for what is no number of the range.
  func number(_ name: Substring, _ usual: Double, in range: ClosedRange<Double>) -> Double? {
    guard let text = values.removeValue(forKey: name) else { return usual }
    return Double(text).flatMap { range.contains($0) ? $0 : nil }
  }

  func count(_ name: Substring, _ usual: Int, from least: Int) -> Int? {
    guard let text = values.removeValue(forKey: name) else { return usual }
    return Int(text).flatMap { $0 >= least ? $0 : nil }
  }
}

/// Values as a row of bars, one character each.
struct Sparkline {
  private let values: [Double]

  private static let bars = Array("▁▂▃▄▅▆▇█")
  /// The same where the terminal has no Unicode: the higher, the more ink.
  private static let plainBars = Array("_.-=+*#@")

  /// At most `columns` of the values, the last of each stretch where there are more.
  init(_ values: [Double], columns: Int) {
    let count = min(values.count, max(1, columns))
    self.values = (0..<count).map { values[(($0 + 1) * values.count / count) - 1] }
  }

  /// The bars, the lowest for the lower end of `range` and the highest for the upper.
  func text(in range: ClosedRange<Double>, isUnicode: Bool = Terminal.isUnicode) -> String {
    let bars = isUnicode ? Self.bars : Self.plainBars
    let height = range.upperBound - range.lowerBound
    return String(
      values.map { value in
        guard height > 0 else { return bars[bars.count / 2] }
        let level = (value - range.lowerBound) / height * Double(bars.count - 1)
        return bars[min(bars.count - 1, max(0, Int(level.rounded())))]
      })
  }
}

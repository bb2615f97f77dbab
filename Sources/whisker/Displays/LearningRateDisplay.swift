import Glibc
import WhiskerCore
import WhiskerTraining

/// The result of `--find-learning-rate`.
struct LearningRateDisplay {
  private let curve: LearningRateCurve
  /// The command that trains with the suggestion, without the learning rate.
  private let command: [String]

  /// The length of the curve in characters.
  private static let columns = 50

  init(_ curve: LearningRateCurve, command: [String]) { (self.curve, self.command) = (curve, command) }

  /// The lines to print.
  /// - Parameter columns: The width of the terminal; nil for none, where the curve is left out.
  func lines(columns: Int?) -> [StyledText] {
    let texts = self.texts.flatMap { text in
      columns.map { Paragraph(text, columns: $0).lines } ?? [StyledText(text)]
    }
    return (columns.map { plot(columns: $0) } ?? []) + texts
  }

  private var texts: [String] {
    guard let lowest = curve.lowest, let last = curve.points.last else { return [] }
    let end = curve.isDiverged ? ", where the loss diverged" : ""
    let steps = "Steps     \(curve.points.count), up to a learning rate of \(Self.rounded(last.rate))\(end)"
    guard let suggestion = curve.suggestion else {
      return [
        steps,
        "Note      the loss hardly fell, so there is no suggestion: use a smaller --batch-size or another network",
      ]
    }
    let rate = Self.rounded(suggestion)
    return [
      steps, "Lowest    loss \(fixed(lowest.loss, 4)) at learning rate \(Self.rounded(lowest.rate))",
      "Suggest   a tenth of it: --learning-rate \(rate)",
      "Next      " + ShellWords(command.prefix(2) + ["--learning-rate", rate] + command.dropFirst(2)).text,
    ]
  }

  /// The losses as a sparkline. Losses above the first one count as that, so that the fall fills the height.
  private func plot(columns: Int) -> [StyledText] {
    guard let first = curve.points.first, let lowest = curve.lowest, first.loss > lowest.loss else {
      return []
    }
    let values = curve.points.map { $0.loss < first.loss ? $0.loss : first.loss }
    let width = min(Self.columns, columns - Paragraph.labelWidth - 1)
    guard width > 0 else { return [] }
    let bars = Sparkline(values, columns: width).text(in: lowest.loss...first.loss)
    return [StyledText("Loss      ", .bold) + StyledText(bars, .green)]
  }

  /// A rate with two significant digits.
  private static func rounded(_ rate: Double) -> String {
    let exponent = Int(floor(log10(rate)))
    return number(Double("\(fixed(rate / pow(10, Double(exponent)), 1))e\(exponent)") ?? rate)
  }
}

import WhiskerTensor
import WhiskerTraining

/// Prints the answers of a prediction, each as it comes.
struct AnswerPrinter {
  let format: AnswerFormat
  let classNames: [String]
  /// How many of the most probable classes are told; nil for the first in text, and for all elsewhere.
  let topK: Int?
  /// An answer that is less probable, 0 to 1, is none.
  let threshold: Double
  /// Whether the answers come with their uncertainty.
  let tellsUncertainty: Bool
  /// The width of the column of paths in text, up to a limit; it grows with what comes.
  private(set) var pathWidth = 0
  private let nameWidth: Int
  /// The width of the terminal; nil where there is none.
  private let terminalWidth: Int?
  private var hasBegun = false

  private static let widthLimit = 60
  /// What a path keeps in the narrowest terminal.
  private static let leastPathWidth = 12
  private static let uncertaintyColumns = ["standard_deviation", "entropy", "mutual_information"]

  init(
    format: AnswerFormat, classNames: [String], topK: Int?, threshold: Double, tellsUncertainty: Bool,
    terminalWidth: Int? = Terminal.width
  ) {
    (self.format, self.classNames, self.threshold) = (format, classNames, threshold)
    self.topK = topK.map { min($0, classNames.count) }
    (self.tellsUncertainty, self.terminalWidth) = (tellsUncertainty, terminalWidth)
    nameWidth = classNames.map { displayWidth($0) }.max() ?? 0
  }

  /// Makes room for paths of `width` columns.
  mutating func widen(to width: Int) { pathWidth = min(max(pathWidth, width), pathLimit) }

  /// A path takes what a terminal leaves beside the answer.
  private var pathLimit: Int {
    guard let terminalWidth else { return Self.widthLimit }
    return min(Self.widthLimit, max(Self.leastPathWidth, terminalWidth - answerWidth - 2))
  }

  private var answerWidth: Int {
    let candidate =
      "0.1234".count + (tellsUncertainty ? " +- 0.1234".count : 0) + 2 + min(nameWidth, Self.widthLimit)
    return candidate + (threshold > 0 ? "abstained ()".count : 0)
  }

  mutating func print(_ answer: Predictor.Answer) throws {
    begin()
    widen(to: displayWidth(answer.path))
    switch (answer.result, format) {
    case (.success(let prediction), .text): tell(answer.path, parts(prediction))
    case (.success(let prediction), .csv): Terminal.write(CSV.row(row(answer.path, prediction)))
    case (.success(let prediction), _):
      Terminal.print(json: try StableJSON.line(AnswerRecord(answer.path, prediction, self)))
    case (.failure(let error), .text):
      let words = error.problem.split(separator: " ", omittingEmptySubsequences: false)
      tell(answer.path, [StyledText("error", .red) + "  "] + words.map { StyledText(String($0)) }, gap: 1)
    case (.failure(let error), .csv):
      let empty = [String](repeating: "", count: columns.count - 2)
      Terminal.write(CSV.row([answer.path] + empty + [error.problem]))
    case (.failure(let error), _):
      Terminal.print(json: try StableJSON.line(AnswerRecord(answer.path, error)))
    }
  }

  /// Whether a prediction is sure enough to be one.
  func abstains(_ probability: Double) -> Bool { probability < threshold }

  private mutating func begin() {
    if format == .csv && !hasBegun { Terminal.write(CSV.row(columns)) }
    hasBegun = true
  }

  private var columns: [String] {
    let classes = topK.map { k in k < 2 ? [] : (2...k).flatMap { ["label_\($0)", "probability_\($0)"] } }
    let start = ["path", "label", "probability"]
    let end = (tellsUncertainty ? Self.uncertaintyColumns : []) + ["error"]
    return start + (classes ?? ClassColumns.names(classNames, beside: start + end)) + end
  }

  private func row(_ path: String, _ prediction: Prediction) -> [String] {
    let probabilities = prediction.probabilities
    let top = prediction.top(topK ?? 1)
    let rest =
      topK == nil
      ? probabilities.map { fixed($0, 6) }
      : top.dropFirst().flatMap { [classNames[$0], fixed(probabilities[$0], 6)] }
    let uncertainty = prediction.uncertainty.map {
      [$0.standardDeviations[top[0]], $0.entropy, $0.mutualInformation].map { fixed($0, 6) }
    }
    let label = abstains(probabilities[top[0]]) ? "" : classNames[top[0]]
    return [path, label, fixed(probabilities[top[0]], 6)] + rest + (uncertainty ?? []) + [""]
  }

  /// What is told of the classes, a part each, and of the uncertainty.
  private func parts(_ prediction: Prediction) -> [StyledText] {
    let top = prediction.top(topK ?? 1)
    let told = top.enumerated().map { place, label -> StyledText in
      let probability = prediction.probabilities[label]
      let name = classNames[label]
      let spread = prediction.uncertainty.map { " +- " + fixed($0.standardDeviations[label], 4) } ?? ""
      let isAbstained = place == 0 && abstains(probability)
      let answer = isAbstained ? "abstained (\(name))" : name
      let isLast = place == top.count - 1 && prediction.uncertainty == nil
      return StyledText(fixed(probability, 4) + spread + "  ")
        + StyledText(
          isLast ? answer : filled(answer, isFirst: place == 0),
          isAbstained ? .yellow : place == 0 ? .green : nil)
    }
    guard let uncertainty = prediction.uncertainty else { return told }
    return told + [
      "entropy \(fixed(uncertainty.entropy, 4))",
      "mutual information \(fixed(uncertainty.mutualInformation, 4))",
    ]
  }

  /// Prints a row, whose parts go on in further lines where a terminal has no room for them.
  private func tell(_ path: String, _ parts: [StyledText], gap: Int = 2) {
    var line = StyledText(
      padded(terminalWidth == nil ? path : ending(of: path, in: max(pathWidth, Self.leastPathWidth))))
    let margin = StyledText(String(repeating: " ", count: line.width))
    var space = StyledText("  ")
    for part in parts {
      if let terminalWidth, line.width > margin.width, line.width + space.width + part.width > terminalWidth {
        Terminal.print(line)
        (line, space) = (margin, "  ")
      }
      line = line + space + part
      space = StyledText(String(repeating: " ", count: gap))
    }
    Terminal.print(line)
  }

  /// A class in a column of its own, as wide as any class that is not overly long.
  private func filled(_ answer: String, isFirst: Bool) -> String {
    let width = min(nameWidth, Self.widthLimit) + (isFirst && threshold > 0 ? "abstained ()".count : 0)
    return answer + String(repeating: " ", count: max(0, width - displayWidth(answer)))
  }

  private func padded(_ path: String) -> String {
    path + String(repeating: " ", count: max(0, pathWidth - displayWidth(path)))
  }
}

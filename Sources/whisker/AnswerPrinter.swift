import WhiskerTensor
import WhiskerTraining

/// Prints the answers of a prediction, each as it comes.
struct AnswerPrinter {
  let format: PredictCommand.Format
  let classNames: [String]
  /// The width of the column of paths in text, up to a limit.
  let pathWidth: Int

  private static let widthLimit = 60

  private struct Row: Encodable {
    let path: String
    var label: String?
    var probability: Double?
    var probabilities: [String: Double]?
    var error: String?
  }

  /// Prints what comes before the first answer.
  func begin() {
    guard format == .csv else { return }
    Terminal.write(CSV.row(["path", "label", "probability"] + classNames + ["error"]))
  }

  func print(_ answer: Predictor.Answer) throws {
    switch answer.result {
    case .success(let probabilities): try print(answer.path, probabilities)
    case .failure(let error): try print(answer.path, error)
    }
  }

  private func print(_ path: String, _ probabilities: [Double]) throws {
    let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
    let (label, probability) = (classNames[best], probabilities[best])
    switch format {
    case .text: Terminal.print("\(padded(path))  \(fixed(probability, 4))  \(label)")
    case .csv:
      Terminal.write(
        CSV.row([path, label, fixed(probability, 6)] + probabilities.map { fixed($0, 6) } + [""]))
    case .json:
      let named = Dictionary(uniqueKeysWithValues: zip(classNames, probabilities))
      let row = Row(path: path, label: label, probability: probability, probabilities: named)
      Terminal.print(try StableJSON.line(row))
    }
  }

  private func print(_ path: String, _ error: FileError) throws {
    switch format {
    case .text: Terminal.print("\(padded(path))  error   \(error.problem)")
    case .csv: Terminal.write(CSV.row([path, "", ""] + classNames.map { _ in "" } + [error.problem]))
    case .json: Terminal.print(try StableJSON.line(Row(path: path, error: error.problem)))
    }
  }

  private func padded(_ path: String) -> String {
    path + String(repeating: " ", count: max(0, min(pathWidth, Self.widthLimit) - path.count))
  }
}

import WhiskerTensor
import WhiskerTraining

/// What came of an epoch, in a line: `Epoch 3/10 loss 0.1234 accuracy 0.9612 val_loss 0.0987 val_accuracy 0.9700 ...`, and
/// in the midst of an epoch `Step 500 loss ...`
struct EpochLine {
  private let report: EpochReport
  private let start: StyledText

  init(_ report: EpochReport, epochs: Int) {
    self.report = report
    let width = String(epochs).count - String(report.epoch).count
    start = StyledText("Epoch \(String(repeating: " ", count: width))\(report.epoch)/\(epochs)", .bold)
  }

  /// The line of a validation in the midst of an epoch.
  init(midway report: EpochReport) {
    self.report = report
    start = StyledText("Step \(report.step)", .bold)
  }

  /// The whole line, or what is worth most of it in a terminal of `columns` columns.
  func text(columns: Int?) -> StyledText {
    guard let columns else { return fitted([start] + figures[0] + rest, columns: .max) }
    let fitting = figures.first { joined([start] + $0).width < columns } ?? figures[figures.count - 1]
    let whole = fitting.count == figures[0].count
    return fitted([joined([start] + fitting)] + (whole ? rest : []), columns: columns)
  }

  /// The figures, and fewer and fewer of them.
  private var figures: [[StyledText]] {
    let (loss, accuracy) = (figure("loss", report.loss), figure("accuracy", report.accuracy))
    guard let validationLoss = report.validationLoss, let validationAccuracy = report.validationAccuracy
    else {
      return [[loss, accuracy], [accuracy]]
    }
    let (ownLoss, ownAccuracy) = (
      figure("val_loss", validationLoss), figure("val_accuracy", validationAccuracy, .green)
    )
    return [
      [loss, accuracy, ownLoss, ownAccuracy], [loss, ownLoss, ownAccuracy], [ownLoss, ownAccuracy],
      [ownAccuracy],
    ]
  }

  private var rest: [StyledText] {
    let dropout = report.dropout.map {
      [StyledText("dropout " + $0.rates.map { fixed($0, 3) }.joined(separator: ","))]
    }
    let averaged = report.averaged.map {
      [StyledText("averaged \(fixed($0.loss, 4)) \(fixed($0.accuracy, 4))")]
    }
    let speed = "\(duration(report.seconds)) \(grouped(Int(report.imagesPerSecond))) images/s"
    let tail = [speed, "waiting \(percent(report.waitingShare))"].map { StyledText($0, .faint) }
    return (averaged ?? []) + (dropout ?? []) + tail
  }

  private func figure(_ name: String, _ value: Double, _ style: StyledText.Style? = nil) -> StyledText {
    StyledText(name + " ") + StyledText(fixed(value, 4), style)
  }

  private func joined(_ parts: [StyledText]) -> StyledText { fitted(parts, columns: .max) }
}

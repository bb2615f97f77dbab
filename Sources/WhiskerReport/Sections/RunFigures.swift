import WhiskerTraining
import WhiskerCore

/// The figures at the top of a run's page.
struct RunFigures {
  let report: RunReport

  var figures: [ReportPage.Figure] { results + [time, speed, waiting].compactMap(\.self) }

  private var results: [ReportPage.Figure] {
    guard let best = report.best else { return [] }
    let training = ReportPage.Figure(
      name: "Training accuracy", value: percent(best.accuracy, 1),
      note: "loss \(fixed(best.loss, 4)), with dropout on")
    guard let accuracy = best.validationAccuracy, let loss = best.validationLoss else { return [training] }
    let validation = ReportPage.Figure(
      name: "Validation accuracy", value: percent(accuracy, 1), note: "loss \(fixed(loss, 4))")
    return [validation, training] + MeasuredFigures(report.bestWeights?.measurement).figures
  }

  /// The epochs with a duration; a run that was killed and resumed may lack some.
  private var timed: [EpochReport] { report.epochs.filter { $0.seconds > 0 } }
  private var seconds: Double { timed.reduce(0) { $0 + $1.seconds } }

  private var time: ReportPage.Figure? {
    guard !timed.isEmpty else { return nil }
    return .init(
      name: "Time", value: duration(seconds),
      note: "\(counted(timed.count, "epoch")) with validation")
  }

  private var speed: ReportPage.Figure? {
    let speeds = timed.map(\.imagesPerSecond).sorted()
    guard !speeds.isEmpty else { return nil }
    return .init(
      name: "Speed", value: grouped(Int(speeds[speeds.count / 2])), note: "images/s, median of the epochs"
    )
  }

  private var waiting: ReportPage.Figure? {
    guard seconds > 0 else { return nil }
    let share = timed.reduce(0) { $0 + $1.waitingShare * $1.seconds } / seconds
    return .init(name: "Waiting for data", value: percent(share), note: "of the training time")
  }
}

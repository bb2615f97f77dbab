import WhiskerCore
import WhiskerTraining

/// The result of trainings with several seeds or folds.
struct SeedsConclusion {
  private let sweep: Sweep
  private let seconds: Double

  init(_ sweep: Sweep, seconds: Double) { (self.sweep, self.seconds) = (sweep, seconds) }

  func print() {
    let summary = sweep.record.summary.settings[0]
    Terminal.print("")
    if !summary.trainings.isEmpty {
      if sweep.configuration.folds != nil {
        for line in FoldTable(sweep).lines(columns: Terminal.width) { Terminal.print(line) }
        Terminal.print("")
      }
      for line in table(summary).lines(columns: Terminal.width) { Terminal.print(line) }
      Terminal.print("")
    }
    let isStopped = sweep.printRemaining(command: "train")
    if !isStopped, sweep.configuration.folds != nil, sweep.record.outOfFold == nil,
      summary.trainings.count > 0
    {
      Terminal.print(
        paragraph: "Stopped   before all folds were measured: "
          + ShellWords(["whisker", "train", "--resume", sweep.folder.path]).text)
    }
    if let failure = summary.failure { Terminal.print(paragraph: "Failed    \(failure)") }
    guard let best = sweep.record.bestTraining(of: 0) else { return }
    if let ensemble = sweep.record.ensemble {
      Terminal.print(
        paragraph:
          "Ensemble  of \(counted(summary.trainings.count, "network")): val_loss \(fixed(ensemble.loss, 4)), "
          + "val_accuracy \(fixed(ensemble.accuracy, 4))")
    }
    if let all = sweep.record.outOfFold {
      Terminal.print(
        paragraph: "Held out  \(counted(all.samples, "picture")): val_accuracy \(fixed(all.accuracy, 4)), "
          + "val_loss \(fixed(all.loss, 4)), in \(sweep.folder.predictions)")
    }
    for flaw in sweep.data.flaws.sentences { Terminal.print(paragraph: "Note      " + flaw) }
    let name = sweep.configuration.name(ofSeed: best.seed)
    Terminal.print(paragraph: "Best      \(name), epoch \(best.best?.epoch ?? 0)")
    Terminal.print(paragraph: "Model     \(sweep.folder.run.best)")
    Terminal.print(paragraph: "Report    \(sweep.folder.run.report)")
    Terminal.print(paragraph: "Time      \(duration(seconds))")
    Terminal.print(paragraph: "Next      whisker predict \(ShellWords([sweep.folder.path]).text) PICTURE...")
  }

  private func table(_ summary: SettingSummary) -> Table {
    var table = Table([.left, .right, .right, .right])
    let count = counted(summary.trainings.count, sweep.configuration.repetition)
    table.add(["over \(count)", "mean", "sd", "95 % interval"].map { StyledText($0, .faint) })
    let figures = [
      ("val_accuracy", summary.validationAccuracy), ("val_loss", summary.validationLoss),
      ("accuracy", summary.trainingAccuracy), ("loss", summary.trainingLoss),
      ("gap (accuracy)", summary.accuracyGap),
    ]
    for (name, statistics) in figures {
      guard let statistics else { continue }
      let interval = statistics.halfWidth.map {
        "\(fixed(statistics.mean - $0, 4)) to \(fixed(statistics.mean + $0, 4))"
      }
      table.add([
        name, fixed(statistics.mean, 4), statistics.standardDeviation.map { fixed($0, 4) } ?? "",
        interval ?? "",
      ])
    }
    return table
  }
}

import WhiskerTensor

/// What came of a training, in a few sentences.
struct RunVerdict {
  let report: RunReport

  /// A loss that rises by this share behind the best epoch is more than noise.
  private static let notableRise = 0.05

  private var measurement: Measurement? { report.bestWeights?.measurement }
  private var accuracy: AccuracyVerdict? {
    measurement.map { AccuracyVerdict($0.evaluation, report.classNames, of: "unseen picture") }
  }
  private var isRunning: Bool { if case .running = report.standing { true } else { false } }

  /// In as few letters as a tab has room for.
  var tab: String {
    guard let accuracy = report.best?.validationAccuracy else { return isRunning ? "Training" : "Trained" }
    return percent(accuracy, 1)
  }

  var sentence: HTML {
    if let accuracy { return accuracy.sentence(isFinal: !isRunning) }
    guard let best = report.best else {
      return isRunning ? "The training has begun." : "It ended before an epoch was trained."
    }
    if let accuracy = best.validationAccuracy {
      return "It tells \(share(accuracy)) of the pictures right that it was not trained on."
    }
    return """
      It tells \(share(best.accuracy)) of its training pictures right; how it does on new ones is not known, for none were \
      held back.
      """
  }

  var remarks: [HTML] { [standing, accuracy?.remark, course].compactMap(\.self) }

  private var standing: HTML? {
    switch report.standing {
    case .running(let batch): return running(batch)
    case .ended(let outcome): return ended(outcome)
    }
  }

  private func running(_ batch: BatchReport?) -> HTML {
    let total = grouped(report.configuration.epochs)
    guard let batch, batch.epoch > report.epochs.count else {
      return
        "<b>Training:</b> \(report.epochs.count) of \(counted(report.configuration.epochs, "epoch")) done."
    }
    return """
      <b>Training:</b> epoch \(batch.epoch) of \(total), batch \(grouped(batch.batch)) of \(grouped(batch.batchCount)), \
      loss \(fixed(batch.loss, 4)), accuracy \(share(batch.accuracy)), \(grouped(Int(batch.imagesPerSecond))) images/s; \
      the epoch's batches take another \(duration(batch.secondsLeft)).
      """
  }

  private func ended(_ outcome: TrainingOutcome) -> HTML? {
    switch outcome.reason {
    case .completed: return nil
    case .stoppedEarly:
      return """
        It stopped early, after epoch \(outcome.epochs.count) of \(report.configuration.epochs): the validation loss had not \
        improved for \(counted(report.configuration.patience ?? 0, "epoch")).
        """
    case .interrupted:
      return """
        It was stopped by a signal, \(outcome.epochs.count) of \(report.configuration.epochs) epochs done. It goes on with \
        <code>whisker train --resume \(ShellWords([report.path]).text)</code>
        """
    }
  }

  /// Which epoch was best, and what that says.
  private var course: HTML? {
    guard let best = report.best, let last = report.epochs.last else { return nil }
    let place =
      "epoch \(best.epoch) of \(report.epochs.count)" + (report.epochs.contains(best) ? "" : ", in its midst")
    guard let loss = best.validationLoss else {
      return "The best weights are those of \(place), by the training loss."
    }
    let words: HTML =
      "The best weights are those of <b>\(place)</b>, with a validation loss of \(fixed(loss, 4))."
    if !isRunning, best.step == last.step, report.epochs.count > 1 {
      return "\(words) The loss was still falling: more epochs may do better."
    }
    guard let end = last.validationLoss, end > loss * (1 + Self.notableRise), last.loss < best.loss else {
      return words
    }
    return """
      \(words) Behind it the validation loss rose to \(fixed(end, 4)) while that of the training fell: it learned its pictures by heart. \
      More pictures, --augment or more --dropout may help.
      """
  }
}

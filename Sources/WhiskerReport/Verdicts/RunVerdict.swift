import WhiskerTraining
import WhiskerCore

/// The result of a training in a few sentences.
struct RunVerdict {
  let configuration: TrainingConfiguration
  let classNames: [String]
  /// The run's folder.
  let path: String
  let state: TrainingState
  let standing: RunReport.Standing
  /// The validation of the best weights; nil without validation.
  let evaluation: Evaluation?
  let problems: [TrainingProblems.Problem]

  /// The verdict on a run.
  init(_ report: RunReport) {
    (configuration, classNames, path) = (report.configuration, report.classNames, report.path)
    (state, standing) = (report.state, report.standing)
    evaluation = report.bestWeights?.measurement?.evaluation
    problems =
      TrainingProblems(
        configuration: configuration, classNames: classNames, state: state, evaluation: evaluation,
        classCounts: report.context.training.classCounts, skipped: report.context.skippedClasses,
        flaws: report.context.flaws
      ).all
  }

  private var accuracy: AccuracyVerdict? {
    evaluation.map { AccuracyVerdict($0, classNames, of: "validation picture") }
  }
  private var isRunning: Bool { if case .running = standing { true } else { false } }

  /// Advice for a training that has ended, each once.
  var advice: [TrainingAdvice] {
    guard !isRunning else { return [] }
    return problems.flatMap(\.advice).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// A short title for the browser's tab.
  var tab: String {
    guard let accuracy = state.best?.validationAccuracy else { return isRunning ? "Training" : "Trained" }
    return percent(accuracy, 1)
  }

  var sentence: HTML {
    if let accuracy { return accuracy.sentence(isFinal: !isRunning) }
    guard let best = state.best else {
      return isRunning ? "Training has started." : "Training ended before the first epoch was complete."
    }
    if let accuracy = best.validationAccuracy {
      return "The model classifies \(share(accuracy)) of the validation pictures correctly."
    }
    return """
      The model classifies \(share(best.accuracy)) of its training pictures correctly. Its accuracy on new ones is unknown, \
      since none were held back.
      """
  }

  var remarks: [HTML] {
    let warnings: [HTML] = isRunning ? [] : problems.map { "<b>Note:</b> \($0.words)" }
    return [progress, accuracy?.remark, course].compactMap(\.self) + warnings + [remedies].compactMap(\.self)
  }

  private var remedies: HTML? {
    advice.isEmpty ? nil : "<b>What may help:</b> \(advice.map(\.words).joined(separator: ", "))."
  }

  private var progress: HTML? {
    switch standing {
    case .running(let batch): return running(batch)
    case .ended(let outcome): return ended(outcome)
    }
  }

  private func running(_ batch: BatchReport?) -> HTML {
    let total = grouped(configuration.optimization.epochs)
    guard let batch, batch.epoch > state.epochs.count else {
      return
        "<b>Training:</b> \(state.epochs.count) of \(counted(configuration.optimization.epochs, "epoch")) done."
    }
    return """
      <b>Training:</b> epoch \(batch.epoch) of \(total), batch \(grouped(batch.batch)) of \(grouped(batch.batchCount)), \
      loss \(fixed(batch.loss, 4)), accuracy \(share(batch.accuracy)), \(grouped(Int(batch.imagesPerSecond))) images/s; \
      \(duration(batch.secondsLeft)) left in this epoch.
      """
  }

  private func ended(_ outcome: TrainingOutcome) -> HTML? {
    switch outcome.reason {
    case .completed: return nil
    case .stoppedEarly:
      return """
        Training stopped early, after epoch \(outcome.epochs.count) of \(configuration.optimization.epochs): the \
        \(configuration.evaluation.monitor.words) had not improved for \(counted(configuration.evaluation.patience ?? 0, "epoch")).
        """
    case .interrupted:
      return """
        Training was interrupted after \(outcome.epochs.count) of \(configuration.optimization.epochs) epochs. Resume it with \
        <code>whisker train --resume \(ShellWords([path]).text)</code>
        """
    }
  }

  /// The best epoch and its figures.
  private var course: HTML? {
    guard let best = state.best else { return nil }
    let place =
      "epoch \(best.epoch) of \(state.epochs.count)" + (state.epochs.contains(best) ? "" : ", before its end")
    guard let loss = best.validationLoss else {
      return "The best weights by training loss are those of \(place)."
    }
    let accuracy = best.validationAccuracy.map { " and a validation accuracy of \(fixed($0, 4))" } ?? ""
    return
      "The best weights are those of <b>\(place)</b>, with a validation loss of \(fixed(loss, 4))\(accuracy)."
  }
}

import WhiskerTensor

/// What came of a training, in a few sentences.
struct RunVerdict {
  let configuration: TrainingConfiguration
  let classNames: [String]
  /// The run's folder.
  let path: String
  let state: TrainingState
  let standing: RunReport.Standing
  /// The validation of the best weights; nil where nothing was validated.
  let evaluation: Evaluation?
  let problems: [TrainingProblems.Problem]

  /// The verdict on what a session has trained so far.
  init(
    _ session: TrainingSession, path: String, _ state: TrainingState, _ standing: RunReport.Standing,
    _ bestWeights: BestWeights?
  ) {
    (configuration, classNames, self.path) = (session.configuration, session.source.classNames, path)
    (self.state, self.standing) = (state, standing)
    evaluation = bestWeights?.measurement?.evaluation
    problems =
      TrainingProblems(
        configuration: configuration, classNames: classNames, state: state, evaluation: evaluation,
        classCounts: session.training.classCounts, skipped: session.skippedClasses(state.failures)
      ).all
  }

  private var accuracy: AccuracyVerdict? {
    evaluation.map { AccuracyVerdict($0, classNames, of: "held-back picture") }
  }
  private var isRunning: Bool { if case .running = standing { true } else { false } }

  /// What may help, each once, for a training that has ended.
  var advice: [TrainingAdvice] {
    guard !isRunning else { return [] }
    return problems.flatMap(\.advice).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// In as few letters as a tab has room for.
  var tab: String {
    guard let accuracy = state.best?.validationAccuracy else { return isRunning ? "Training" : "Trained" }
    return percent(accuracy, 1)
  }

  var sentence: HTML {
    if let accuracy { return accuracy.sentence(isFinal: !isRunning) }
    guard let best = state.best else {
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
    let total = grouped(configuration.epochs)
    guard let batch, batch.epoch > state.epochs.count else {
      return
        "<b>Training:</b> \(state.epochs.count) of \(counted(configuration.epochs, "epoch")) done."
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
        It stopped early, after epoch \(outcome.epochs.count) of \(configuration.epochs): the \
        \((configuration.monitor ?? .validationLoss).words) had not improved for \(counted(configuration.patience ?? 0, "epoch")).
        """
    case .interrupted:
      return """
        It was stopped by a signal, \(outcome.epochs.count) of \(configuration.epochs) epochs done. It goes on with \
        <code>whisker train --resume \(ShellWords([path]).text)</code>
        """
    }
  }

  /// Which epoch was best, and what that says.
  private var course: HTML? {
    guard let best = state.best else { return nil }
    let place =
      "epoch \(best.epoch) of \(state.epochs.count)" + (state.epochs.contains(best) ? "" : ", in its midst")
    guard let loss = best.validationLoss else {
      return "The best weights are those of \(place), by the training loss."
    }
    let accuracy = best.validationAccuracy.map { " and a validation accuracy of \(fixed($0, 4))" } ?? ""
    return
      "The best weights are those of <b>\(place)</b>, with a validation loss of \(fixed(loss, 4))\(accuracy)."
  }
}

import WhiskerTraining
import Glibc
import WhiskerCore

/// Problems of a training that its figures show, with advice.
struct TrainingProblems {
  /// One problem.
  struct Problem {
    let words: HTML
    let advice: [TrainingAdvice]
    /// Whether it makes the model useless.
    var isFatal = false
  }

  let configuration: TrainingConfiguration
  let classNames: [String]
  let state: TrainingState
  /// The validation of the best weights; nil without validation.
  let evaluation: Evaluation?
  /// The number of training samples of each class.
  let classCounts: [Int]
  let skipped: [SkippedClass]
  let flaws: HeldOutFlaws

  /// The relative rise of the validation loss after the best epoch that counts as overfitting.
  private static let notableRise = 0.05
  /// The multiple of the loss of guessing from which on training counts as diverged.
  private static let divergence = 1.5
  /// The ratio of the largest to the smallest class that counts as imbalance.
  private static let notableImbalance = 1.5
  /// The number of classes that are named.
  private static let classesShown = 5

  /// The most important first.
  var all: [Problem] {
    let flawed = flaws.sentences.map { Problem(words: "\($0)", advice: []) }
    let first = [unread, divergence, answers].compactMap(\.self)
    return first + flawed + [course, otherEpoch].compactMap(\.self)
  }

  private var unread: Problem? {
    guard !skipped.isEmpty else { return nil }
    let shown = skipped.prefix(Self.classesShown).map(\.description).joined(separator: "; ")
    let rest = skipped.count - Self.classesShown
    let more = rest > 0 ? "; likewise \(counted(rest, "other class", "other classes"))" : ""
    return Problem(
      words: "\(shown)\(more): the accuracy does not cover them.", advice: [.readableFiles])
  }

  /// The cross-entropy of equal probabilities for all classes.
  private var guessingLoss: Double { log(Double(max(2, classNames.count))) }

  private var isDiverged: Bool {
    guard let last = state.epochs.last else { return false }
    return min(last.loss, last.validationLoss ?? last.loss) > Self.divergence * guessingLoss
  }

  private var divergence: Problem? {
    guard isDiverged, let last = state.epochs.last else { return nil }
    return Problem(
      words: """
        Training diverged: the loss of the last epoch is \(words(last.loss)), while guessing has a loss of \
        \(fixed(guessingLoss, 2)).
        """, advice: [.lowerLearningRate], isFatal: true)
  }

  private func words(_ loss: Double) -> String { loss < 1000 ? fixed(loss, 2) : "\(Float(loss))" }

  private var hasImbalance: Bool {
    let present = classCounts.filter { $0 > 0 }
    guard let least = present.min(), let most = present.max() else { return false }
    return Double(most) >= Self.notableImbalance * Double(least)
  }

  private var balance: [TrainingAdvice] {
    hasImbalance && configuration.optimization.classWeights == .none ? [.balancedClassWeights] : []
  }

  /// Problems of the predictions: always the same class, no better than guessing, or some classes never.
  private var answers: Problem? {
    guard let evaluation, evaluation.count > 0 else { return nil }
    let (predicted, support) = (evaluation.confusion.predicted, evaluation.confusion.support)
    let present = support.indices.filter { support[$0] > 0 }
    let answered = predicted.indices.filter { predicted[$0] > 0 }
    // Of pictures of one class, guessing is always right.
    guard present.count > 1 else { return nil }
    let remedies: [TrainingAdvice] =
      balance + (isDiverged ? [] : [.lowerLearningRate, .moreEpochs, .largerNetwork])
    if answered.count == 1 {
      let isLargest = support[answered[0]] == support.max()
      return Problem(
        words:
          "The model always predicts “\(name(classNames[answered[0]]))”\(isLargest ? ", the largest class" : "").",
        advice: remedies, isFatal: true)
    }
    switch AccuracyVerdict(evaluation, classNames, of: "picture").standing {
    case .better, .incomparable: break
    case .perhapsBetter:
      return Problem(
        words: "There are too few validation pictures to distinguish the accuracy from chance.",
        advice: [.morePictures])
    case .noBetter:
      return Problem(
        words: "The model has not learned anything that generalizes to the validation pictures.",
        advice: remedies, isFatal: true)
    }
    let missed = present.filter { predicted[$0] == 0 }
    guard !missed.isEmpty else { return nil }
    let shown = missed.prefix(Self.classesShown).map { classNames[$0] }.joined(separator: ", ")
    let rest = missed.count - Self.classesShown
    return Problem(
      words:
        "The model never predicts \(shown)\(rest > 0 ? " and \(counted(rest, "other class", "other classes"))" : "").",
      advice: balance + [.moreEpochs])
  }

  /// Whether the best epoch was the last one, or was followed by overfitting.
  private var course: Problem? {
    guard !isDiverged, let best = state.best, let last = state.epochs.last, let loss = best.validationLoss
    else { return nil }
    if best.step == last.step, state.epochs.count > 1 {
      return Problem(
        words: "The \(state.monitor.words) was still improving: more epochs may do better.",
        advice: [.moreEpochs])
    }
    guard let end = last.validationLoss, end > loss * (1 + Self.notableRise), last.loss < best.loss else {
      return nil
    }
    return Problem(
      words: """
        After the best epoch the validation loss rose to \(fixed(end, 4)) while the training loss fell: the model overfits.
        """, advice: [.augmentation, .moreDropout])
  }

  /// An epoch with a notably higher accuracy than the one with the lowest loss.
  private var otherEpoch: Problem? {
    guard !isDiverged, state.monitor == .validationLoss, let best = state.best,
      let accuracy = best.validationAccuracy,
      let other = state.reports.best(by: .validationAccuracy), let higher = other.validationAccuracy,
      higher >= accuracy + 0.005
    else { return nil }
    return Problem(
      words: """
        The best weights are those with the lowest validation loss; epoch \(other.epoch) had a higher validation accuracy, \
        \(fixed(higher, 4)).
        """, advice: [.monitorAccuracy])
  }
}

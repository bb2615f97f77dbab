import Glibc
import WhiskerTensor

/// What went wrong in a training, as far as its figures show it, and what may help.
struct TrainingProblems {
  /// One thing that went wrong.
  struct Problem {
    let words: HTML
    let advice: [TrainingAdvice]
    /// Whether it makes the model useless.
    var isFatal = false
  }

  let configuration: TrainingConfiguration
  let classNames: [String]
  let state: TrainingState
  /// The validation of the best weights; nil where nothing was validated.
  let evaluation: Evaluation?
  /// How many training samples each class has.
  let classCounts: [Int]
  let skipped: [SkippedClass]

  /// A loss that rises by this share behind the best epoch is more than noise.
  private static let notableRise = 0.05
  /// A loss of so many times that of guessing is no start of a training.
  private static let divergence = 1.5
  /// From here on the largest class is much larger than the smallest.
  private static let notableImbalance = 1.5
  /// How many classes are named one by one.
  private static let classesShown = 5

  /// The most important first.
  var all: [Problem] {
    [unread, divergence, answers, course, otherEpoch].compactMap(\.self)
  }

  private var unread: Problem? {
    guard !skipped.isEmpty else { return nil }
    let shown = skipped.prefix(Self.classesShown).map(\.description).joined(separator: "; ")
    let rest = skipped.count - Self.classesShown
    let more = rest > 0 ? "; so it is with \(counted(rest, "other class", "other classes"))" : ""
    return Problem(
      words: "\(shown)\(more): the accuracy says nothing about them.", advice: [.readableFiles])
  }

  /// The cross-entropy of an answer that gives all classes the same probability.
  private var guessingLoss: Double { log(Double(max(2, classNames.count))) }

  private var isDiverged: Bool {
    guard let last = state.epochs.last else { return false }
    return min(last.loss, last.validationLoss ?? last.loss) > Self.divergence * guessingLoss
  }

  private var divergence: Problem? {
    guard isDiverged, let last = state.epochs.last else { return nil }
    return Problem(
      words: """
        The training diverged: the loss of the last epoch is \(words(last.loss)), and that of guessing is \
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
    hasImbalance && configuration.classWeights == .none ? [.balancedClassWeights] : []
  }

  /// What is wrong with the answers: always one class, no better than guessing, or some classes never.
  private var answers: Problem? {
    guard let evaluation, evaluation.count > 0 else { return nil }
    let (predicted, support) = (evaluation.confusion.predicted, evaluation.confusion.support)
    let present = support.indices.filter { support[$0] > 0 }
    let answered = predicted.indices.filter { predicted[$0] > 0 }
    let remedies: [TrainingAdvice] =
      balance + (isDiverged ? [] : [.lowerLearningRate, .moreEpochs, .largerNetwork])
    if answered.count == 1, present.count > 1 {
      let isLargest = support[answered[0]] == support.max()
      return Problem(
        words:
          "It always answers “\(name(classNames[answered[0]]))”\(isLargest ? ", the largest class" : "").",
        advice: remedies, isFatal: true)
    }
    switch AccuracyVerdict(evaluation, classNames, of: "picture").standing {
    case .better: break
    case .perhapsBetter:
      return Problem(
        words: "So few pictures were held back that chance explains the accuracy too.",
        advice: [.morePictures])
    case .noBetter:
      return Problem(
        words: "It has learned nothing that helps with held-back pictures.", advice: remedies, isFatal: true)
    }
    let missed = present.filter { predicted[$0] == 0 }
    guard !missed.isEmpty else { return nil }
    let shown = missed.prefix(Self.classesShown).map { classNames[$0] }.joined(separator: ", ")
    let rest = missed.count - Self.classesShown
    return Problem(
      words:
        "It never answers \(shown)\(rest > 0 ? " and \(counted(rest, "other class", "other classes"))" : "").",
      advice: balance + [.moreEpochs])
  }

  /// Whether the best epoch came too late or too early.
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
        Behind the best epoch the validation loss rose to \(fixed(end, 4)) while that of the training fell: it overfits.
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

import WhiskerTraining
import WhiskerCore

/// An accuracy in words, compared with always predicting the most frequent class.
struct AccuracyVerdict {
  private let evaluation: Evaluation
  private let classNames: [String]
  private let noun: String
  private let subject: String

  /// - Parameter noun: What one sample is called: "validation picture".
  /// - Parameter subject: What was evaluated.
  init(_ evaluation: Evaluation, _ classNames: [String], of noun: String, by subject: String = "model") {
    (self.evaluation, self.classNames, self.noun, self.subject) = (evaluation, classNames, noun, subject)
  }

  /// The verdict in one sentence.
  /// - Parameter isFinal: Whether training has ended.
  func sentence(isFinal: Bool = true) -> HTML {
    let pictures = counted(evaluation.count, noun)
    let accuracy = share(evaluation.accuracy)
    let start: HTML = isFinal ? "The \(subject)" : "So far the \(subject)"
    if standing == .noBetter {
      return "\(start) is no better than guessing: it classifies \(accuracy) of \(pictures) correctly."
    }
    let classes: HTML =
      classNames.count == 2
      ? "\(name(classNames[0])) or \(name(classNames[1]))" : "\(grouped(classNames.count)) classes"
    return "\(start) classifies \(accuracy) of \(pictures) correctly (\(classes))."
  }

  /// The comparison with always predicting the most frequent class.
  enum Standing {
    case better
    /// Higher, but within chance for so few pictures.
    case perhapsBetter
    case noBetter
    /// There are pictures of one class only, of which guessing is always right.
    case incomparable
  }

  /// The least difference to guessing that counts as `perhapsBetter`, as a fraction.
  private static let notableDifference = 0.1

  var standing: Standing {
    guard guess.share != 1 else { return .incomparable }
    if interval.lowerBound > guess.share { return .better }
    return evaluation.accuracy >= guess.share + Self.notableDifference ? .perhapsBetter : .noBetter
  }

  /// The confidence interval, and the accuracy of always predicting the most frequent class.
  var remark: HTML {
    let (low, high) = (share(interval.lowerBound), share(interval.upperBound))
    return """
      The 95&#160;% confidence interval of the accuracy is \(low) to \(high). Always predicting \
      “\(name(classNames[guess.label]))” would reach \(share(guess.share)).
      """
  }

  /// The most frequent class and its fraction of the samples.
  private var guess: (label: Int, share: Double) {
    let support = evaluation.confusion.support
    let label = support.indices.reduce(0) { support[$1] > support[$0] ? $1 : $0 }
    return (label, Double(support[label]) / Double(evaluation.count))
  }

  /// The 95 % confidence interval of the accuracy (Wilson score interval, "Probable inference", JASA 1927).
  private var interval: ClosedRange<Double> {
    let (count, share, z) = (Double(evaluation.count), evaluation.accuracy, 1.959964)
    let centre = share + z * z / (2 * count)
    let reach = z * (share * (1 - share) / count + z * z / (4 * count * count)).squareRoot()
    let scale = 1 + z * z / count
    return max(0, (centre - reach) / scale)...min(1, (centre + reach) / scale)
  }
}

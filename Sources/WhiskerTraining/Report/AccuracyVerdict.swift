import WhiskerTensor

/// What an accuracy is worth.
struct AccuracyVerdict {
  private let evaluation: Evaluation
  private let classNames: [String]
  private let noun: String

  /// - Parameter noun: What is known of one picture: "held-back picture".
  init(_ evaluation: Evaluation, _ classNames: [String], of noun: String) {
    (self.evaluation, self.classNames, self.noun) = (evaluation, classNames, noun)
  }

  /// The verdict in one sentence.
  /// - Parameter isFinal: Whether there is no better one to come.
  func sentence(isFinal: Bool = true) -> HTML {
    let pictures = counted(evaluation.count, noun)
    let accuracy = share(evaluation.accuracy)
    let start: HTML = isFinal ? "It" : "So far it"
    if standing == .noBetter {
      return "\(start) does no better than guessing: it is right about \(accuracy) of \(pictures)."
    }
    guard classNames.count == 2 else {
      return
        "\(start) tells \(grouped(classNames.count)) classes apart in \(accuracy) of \(pictures)."
    }
    return "\(start) tells \(name(classNames[0])) from \(name(classNames[1])) in \(accuracy) of \(pictures)."
  }

  /// How an accuracy stands beside that of always answering the most frequent class.
  enum Standing {
    case better
    /// Notably higher, on so few pictures that chance explains it too.
    case perhapsBetter
    case noBetter
  }

  /// So much above guessing is no small difference, in shares.
  private static let notableDifference = 0.1

  var standing: Standing {
    if interval.lowerBound > guess.share { return .better }
    return evaluation.accuracy >= guess.share + Self.notableDifference ? .perhapsBetter : .noBetter
  }

  /// How sure that is, and what an answer that never looks would come to.
  var remark: HTML {
    let (low, high) = (share(interval.lowerBound), share(interval.upperBound))
    return """
      With so many pictures the true accuracy lies between \(low) and \(high) (95&#160;% interval). Always answering \
      “\(name(classNames[guess.label]))” would be right in \(share(guess.share)).
      """
  }

  /// The most frequent class and its share.
  private var guess: (label: Int, share: Double) {
    let support = evaluation.confusion.support
    let label = support.indices.reduce(0) { support[$1] > support[$0] ? $1 : $0 }
    return (label, Double(support[label]) / Double(evaluation.count))
  }

  /// The interval of 95 % for the accuracy on all pictures of the kind (Wilson, "Probable inference", JASA 1927).
  private var interval: ClosedRange<Double> {
    let (count, share, z) = (Double(evaluation.count), evaluation.accuracy, 1.959964)
    let centre = share + z * z / (2 * count)
    let reach = z * (share * (1 - share) / count + z * z / (4 * count * count)).squareRoot()
    let scale = 1 + z * z / count
    return max(0, (centre - reach) / scale)...min(1, (centre + reach) / scale)
  }
}

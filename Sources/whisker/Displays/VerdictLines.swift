import WhiskerReport

/// The verdict on a training, and options that may improve it.
struct VerdictLines {
  private let verdict: TrainingVerdict

  init(_ verdict: TrainingVerdict) { self.verdict = verdict }

  var lines: [String] {
    let advice = verdict.advice.map { advice in
      advice.option.map { "\(advice.words) (\($0))" } ?? advice.words
    }
    return ["Verdict   " + verdict.sentence] + verdict.problems.map { "Note      " + $0 }
      + (advice.isEmpty ? [] : ["Try       " + advice.joined(separator: ", ")])
  }
}

extension TrainingAdvice {
  /// The option for the advice; nil if there is none.
  fileprivate var option: String? {
    switch self {
    case .balancedClassWeights: "--class-weights balanced"
    case .lowerLearningRate: "--learning-rate"
    case .moreEpochs: "--epochs"
    case .largerNetwork: "--network"
    case .augmentation: "--augment"
    case .moreDropout: "--dropout"
    case .monitorAccuracy: "--monitor val_accuracy"
    case .morePictures, .readableFiles: nil
    }
  }
}

import WhiskerReport

/// The verdict on a training, and options that may improve it.
struct VerdictLines {
  private let verdict: TrainingVerdict
  private let hasBackbone: Bool

  /// - Parameter hasBackbone: Whether only the layers after a backbone are trained.
  init(_ verdict: TrainingVerdict, hasBackbone: Bool = false) {
    (self.verdict, self.hasBackbone) = (verdict, hasBackbone)
  }

  var lines: [String] {
    let advice = verdict.advice.map { advice in
      advice.option(hasBackbone: hasBackbone).map { "\(advice.words) (\($0))" } ?? advice.words
    }
    return ["Verdict   " + verdict.sentence] + verdict.problems.map { "Note      " + $0 }
      + (advice.isEmpty ? [] : ["Try       " + advice.joined(separator: ", ")])
  }
}

extension TrainingAdvice {
  /// The option for the advice; nil if there is none.
  fileprivate func option(hasBackbone: Bool) -> String? {
    switch self {
    case .balancedClassWeights: "--class-weights balanced"
    case .lowerLearningRate: "--learning-rate"
    case .moreEpochs: "--epochs"
    case .largerNetwork: hasBackbone ? "--head" : "--network"
    case .augmentation: hasBackbone ? "--feature-views" : "--augment"
    case .moreDropout: "--dropout"
    case .monitorAccuracy: "--monitor val_accuracy"
    case .morePictures, .readableFiles: nil
    }
  }
}

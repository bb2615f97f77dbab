import WhiskerReport
import WhiskerTraining

/// The verdict on a training, and options that may improve it.
struct VerdictLines {
  private let verdict: TrainingVerdict
  private let configuration: TrainingConfiguration

  /// The verdict on a training with a configuration.
  init(_ verdict: TrainingVerdict, _ configuration: TrainingConfiguration) {
    (self.verdict, self.configuration) = (verdict, configuration)
  }

  var lines: [String] {
    let advice = verdict.advice.map { advice in
      advice.option(of: configuration).map { "\(advice.words) (\($0))" } ?? advice.words
    }
    return ["Verdict   " + verdict.sentence] + verdict.problems.map { "Note      " + $0 }
      + (advice.isEmpty ? [] : ["Try       " + advice.joined(separator: ", ")])
  }
}

extension TrainingAdvice {
  /// The option for the advice; nil if there is none.
  fileprivate func option(of configuration: TrainingConfiguration) -> String? {
    let (tunes, hasBackbone) = (configuration.isFineTuning, configuration.model.backbone != nil)
    return switch self {
    case .balancedClassWeights: "--class-weights balanced"
    case .lowerLearningRate: tunes ? "--fine-tune-rate" : "--learning-rate"
    case .moreEpochs: tunes ? "--fine-tune" : "--epochs"
    case .largerNetwork: tunes ? "--backbone" : hasBackbone ? "--head" : "--network"
    case .augmentation: hasBackbone ? "--feature-views" : "--augment"
    case .moreDropout: "--dropout"
    case .monitorAccuracy: "--monitor val_accuracy"
    case .morePictures, .readableFiles: nil
    }
  }
}

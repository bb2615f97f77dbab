import WhiskerData

/// Advice for a training with problems.
public enum TrainingAdvice: String, Sendable, CaseIterable {
  /// Samples of rare classes count more.
  case balancedClassWeights
  /// A lower learning rate.
  case lowerLearningRate
  /// More epochs.
  case moreEpochs
  /// A network that can learn more.
  case largerNetwork
  /// Augmented training pictures.
  case augmentation
  /// More pictures to validate on.
  case morePictures
  /// More dropout.
  case moreDropout
  /// The weights with the highest validation accuracy.
  case monitorAccuracy
  /// The files that were skipped.
  case readableFiles

  /// The advice in a few words.
  public var words: String {
    switch self {
    case .balancedClassWeights: "balanced class weights"
    case .lowerLearningRate: "a lower learning rate"
    case .moreEpochs: "more epochs"
    case .largerNetwork: "a network with more capacity"
    case .augmentation: "augmentation or more pictures"
    case .morePictures: "more pictures"
    case .moreDropout: "more dropout"
    case .monitorAccuracy: "selecting the best weights by validation accuracy"
    case .readableFiles: "converting the skipped files to \(ImageFormat.names)"
    }
  }
}

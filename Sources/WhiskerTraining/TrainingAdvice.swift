/// What may help a training that did not do well.
public enum TrainingAdvice: String, Sendable, CaseIterable {
  /// Samples of rare classes count more.
  case balancedClassWeights
  /// Smaller steps.
  case lowerLearningRate
  /// More passes over the samples.
  case moreEpochs
  /// A network that can learn more.
  case largerNetwork
  /// Varied training pictures.
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
    case .monitorAccuracy: "the validation accuracy to choose the best weights"
    case .readableFiles: "PNG or JPEG in place of the files that were skipped"
    }
  }
}

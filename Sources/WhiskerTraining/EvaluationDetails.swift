/// What an evaluation tells beyond the loss, the accuracy and the confusion matrix. It takes the same memory however many
/// samples there are.
public struct EvaluationDetails: Sendable {
  /// How many of the most probable classes count for `topKAccuracy`, at least 1.
  public let topK: Int
  /// How far the probabilities can be believed.
  public private(set) var calibration = Calibration()
  /// The worst mistakes.
  public private(set) var worst: NotableSamples
  /// The samples that the network can hardly decide.
  public private(set) var leastCertain: NotableSamples
  /// The number of samples.
  public private(set) var count = 0
  private var hits = 0

  /// The details with the top `topK` classes, the `worst` worst mistakes and the `leastCertain` least certain samples.
  public init(topK: Int, worst: Int, leastCertain: Int = 0) {
    precondition(topK > 0 && worst >= 0 && leastCertain >= 0, "a number of classes, and those of samples")
    self.topK = topK
    self.worst = NotableSamples(.mistake, limit: worst)
    self.leastCertain = NotableSamples(.doubt, limit: leastCertain)
  }

  /// The details that a page shows.
  public static func shown(classCount: Int) -> EvaluationDetails {
    EvaluationDetails(topK: usualTopK(of: classCount), worst: samplesShown, leastCertain: samplesShown)
  }

  /// How many samples of a kind a page shows.
  private static let samplesShown = 12

  /// The `topK` that is told where nobody asks for another: of two classes the second guess is always right.
  public static func usualTopK(of classCount: Int) -> Int { classCount > 5 ? 5 : classCount > 2 ? 2 : 1 }

  /// Adds one sample.
  public mutating func add(_ judgement: Judgement) {
    calibration.add(confidence: judgement.confidence, isCorrect: judgement.isCorrect)
    worst.add(judgement)
    leastCertain.add(judgement)
    count += 1
    // The rank takes a look at every class.
    if judgement.isCorrect || (topK > 1 && judgement.rank < topK) { hits += 1 }
  }

  /// The share of samples, 0 to 1, whose own class is among the `topK` most probable ones.
  public var topKAccuracy: Double { count > 0 ? Double(hits) / Double(count) : 0 }
}

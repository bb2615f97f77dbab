/// What an evaluation tells beyond the loss, the accuracy and the confusion matrix. It takes the same memory however many
/// samples there are.
public struct EvaluationDetails: Sendable {
  /// How many of the most probable classes count for `topKAccuracy`, at least 1.
  public let topK: Int
  public private(set) var calibration = Calibration()
  public private(set) var worst: WorstMistakes
  /// The number of samples.
  public private(set) var count = 0
  private var hits = 0

  /// The details with the top `topK` classes and the `worst` worst mistakes.
  public init(topK: Int, worst: Int) {
    precondition(topK > 0 && worst >= 0, "a number of classes, and one of mistakes")
    self.topK = topK
    self.worst = WorstMistakes(limit: worst)
  }

  /// Adds one sample.
  public mutating func add(_ judgement: Judgement) {
    calibration.add(confidence: judgement.confidence, isCorrect: judgement.isCorrect)
    worst.add(judgement)
    count += 1
    if judgement.rank < topK { hits += 1 }
  }

  /// The share of samples, 0 to 1, whose own class is among the `topK` most probable ones.
  public var topKAccuracy: Double { count > 0 ? Double(hits) / Double(count) : 0 }
}

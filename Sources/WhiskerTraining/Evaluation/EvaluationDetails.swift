/// The details of an evaluation besides the loss, the accuracy and the confusion matrix. Their memory does not depend on the number of
/// samples.
public struct EvaluationDetails: Sendable {
  /// How many of the most probable classes count for `topKAccuracy`, at least 1.
  public let topK: Int
  /// How far the probabilities can be believed.
  public private(set) var calibration = Calibration()
  /// The same with the temperature of the model; nil without one.
  public internal(set) var calibrated: CalibratedProbabilities?
  /// The worst mistakes.
  public private(set) var worst: TopLosses
  /// The samples that the network can hardly decide.
  public private(set) var leastCertain: TopLosses
  /// The number of samples.
  public private(set) var count = 0
  private var hits = 0

  /// The details with the top `topK` classes, the `worst` worst mistakes and the `leastCertain` least certain samples.
  /// - Parameter temperature: The temperature of the model; nil without one.
  public init(topK: Int, worst: Int, leastCertain: Int = 0, temperature: Double? = nil) {
    precondition(topK > 0 && worst >= 0 && leastCertain >= 0, "a number of classes, and those of samples")
    self.topK = topK
    self.worst = TopLosses(.mistake, limit: worst)
    self.leastCertain = TopLosses(.doubt, limit: leastCertain)
    calibrated = temperature.map { CalibratedProbabilities(temperature: $0) }
  }

  /// The details of a report.
  /// - Parameter temperature: The temperature of the model; nil without one.
  public static func shown(classCount: Int, temperature: Double? = nil) -> EvaluationDetails {
    EvaluationDetails(
      topK: usualTopK(of: classCount), worst: samplesShown, leastCertain: samplesShown,
      temperature: temperature)
  }

  /// The number of samples of each kind in a report.
  private static let samplesShown = 12

  /// The default `topK`. With two classes the second guess is always right.
  public static func usualTopK(of classCount: Int) -> Int { classCount > 5 ? 5 : classCount > 2 ? 2 : 1 }

  /// Adds one sample.
  public mutating func add(_ judgement: SampleResult) {
    calibration.add(confidence: judgement.confidence, isCorrect: judgement.isCorrect)
    calibrated?.add(judgement)
    worst.add(judgement)
    leastCertain.add(judgement)
    count += 1
    // The rank is computed only if needed: it compares all classes.
    if judgement.isCorrect || (topK > 1 && judgement.rank < topK) { hits += 1 }
  }

  /// The fraction of samples, 0 to 1, whose class is among the `topK` most probable ones.
  public var topKAccuracy: Double { count > 0 ? Double(hits) / Double(count) : 0 }
}

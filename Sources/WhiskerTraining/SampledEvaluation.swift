import WhiskerData

/// How sure a model's answers are and how sure they should be: with one pass without dropout, and with many passes with it
/// (Monte-Carlo dropout; Gal & Ghahramani, 2016).
public struct SampledEvaluation: Sendable {
  /// What one way of answering came to.
  public struct Outcome: Sendable {
    /// The samples that were measured.
    public private(set) var count = 0
    /// How sure the answers are beside how often they are right.
    public private(set) var calibration = Calibration()
    private var correct = 0
    private var lossSum = 0.0
    private var riskCoverage = RiskCoverage()

    init() {}

    mutating func add(_ judgement: Judgement) {
      count += 1
      correct += judgement.isCorrect ? 1 : 0
      lossSum += judgement.loss
      calibration.add(confidence: judgement.confidence, isCorrect: judgement.isCorrect)
      riskCoverage.add(confidence: judgement.confidence, isCorrect: judgement.isCorrect)
    }

    /// The share of samples, 0 to 1, that were told right; 0 of none.
    public var accuracy: Double { Double(correct) / Double(max(1, count)) }
    /// The mean cross-entropy; of passes, that of the mean probability.
    public var loss: Double { lossSum / Double(max(1, count)) }
    /// How often the surest answers are right.
    public var curve: RiskCoverage.Curve { riskCoverage.curve }
  }

  /// The passes with dropout, and what they drop.
  public let sampling: Predictor.Sampling
  /// One pass without dropout.
  public private(set) var plain = Outcome()
  /// The mean of the passes with it.
  public private(set) var sampled = Outcome()

  /// The shares of the samples, the surest first, that the accuracy is told of.
  public static let coverages = [1, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]

  /// Nothing yet.
  public init(_ sampling: Predictor.Sampling) { self.sampling = sampling }

  /// Adds a sample as one pass without dropout sees it.
  public mutating func addPlain(_ judgement: Judgement) { plain.add(judgement) }

  /// Measures every sample that can be read, with dropout on.
  /// - Parameters:
  ///   - predictor: One that samples as this evaluation was made for.
  ///   - labels: The model's label for each label of the data set.
  ///   - progress: Is told how many samples have been measured.
  /// - Throws: What reading and `progress` throw.
  public mutating func measure(
    _ samples: SampleSet, _ predictor: Predictor, labels: [Int], progress: (Int) -> Void
  ) throws {
    var place = 0
    try predictor.predict(samples) { answer in
      let index = Int(samples.indices[place])
      place += 1
      guard let prediction = try? answer.result.get() else { return }
      sampled.add(
        Judgement(
          index: index, label: labels[samples.dataset.label(at: index)],
          probabilities: prediction.probabilities))
      progress(place)
    }
  }
}

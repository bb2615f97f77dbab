import WhiskerData

/// The calibration of a model with one pass without dropout, and with many passes with dropout
/// (Monte-Carlo dropout; Gal & Ghahramani, 2016).
public struct SampledEvaluation: Sendable {
  /// The result of one of both.
  public struct Outcome: Sendable {
    /// The number of samples.
    public private(set) var count = 0
    /// The calibration.
    public private(set) var calibration = Calibration()
    private var correct = 0
    private var lossSum = 0.0
    private var riskCoverage = RiskCoverage()

    init() {}

    mutating func add(_ judgement: SampleResult) {
      count += 1
      correct += judgement.isCorrect ? 1 : 0
      lossSum += judgement.loss
      calibration.add(confidence: judgement.confidence, isCorrect: judgement.isCorrect)
      riskCoverage.add(confidence: judgement.confidence, isCorrect: judgement.isCorrect)
    }

    /// The accuracy, 0 to 1; 0 without samples.
    public var accuracy: Double { Double(correct) / Double(max(1, count)) }
    /// The mean cross-entropy; for several passes that of the mean probability.
    public var loss: Double { lossSum / Double(max(1, count)) }
    /// The accuracy of the most confident predictions.
    public var curve: RiskCoverage.Curve { riskCoverage.curve }
  }

  /// The passes with dropout.
  public let sampling: Predictor.Sampling
  /// One pass without dropout.
  public private(set) var plain = Outcome()
  /// The mean of the passes with dropout.
  public private(set) var sampled = Outcome()

  /// The coverages that are reported: fractions of the samples, the most confident first.
  public static let coverages = [1, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]

  /// Without samples.
  public init(_ sampling: Predictor.Sampling) { self.sampling = sampling }

  /// Adds a sample of the pass without dropout.
  public mutating func addPlain(_ judgement: SampleResult) { plain.add(judgement) }

  /// Measures every sample that can be read, with dropout on.
  /// - Parameters:
  ///   - predictor: A predictor with this evaluation's sampling.
  ///   - labels: The model's label for each label of the dataset.
  ///   - progress: Called with the number of samples measured so far.
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
        SampleResult(
          index: index, label: labels[samples.dataset.label(at: index)],
          probabilities: prediction.probabilities))
      progress(place)
    }
  }
}

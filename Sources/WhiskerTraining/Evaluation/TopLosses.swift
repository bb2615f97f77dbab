/// The samples with the highest losses or the lowest confidences, in order. Only a limited number is kept.
public struct TopLosses: Sendable {
  /// The criterion.
  public enum Reason: Sendable {
    /// A mistake with a high loss: a confident mistake.
    case mistake
    /// A low probability of the most probable class.
    case doubt
  }

  /// One sample and what was made of it.
  public struct Sample: Sendable, Equatable {
    /// The sample's index in its dataset.
    public let index: Int
    /// Its class.
    public let label: Int
    /// What it was taken for.
    public let predicted: Int
    /// The probability of the predicted class, 0 to 1.
    public let confidence: Double
    /// The cross-entropy, in nats.
    public let loss: Double
  }

  /// The samples so far, the most notable first; of equals the one that came first.
  public private(set) var samples: [Sample] = []
  private let reason: Reason
  private let limit: Int

  /// Keeps at most `limit` samples.
  public init(_ reason: Reason, limit: Int) { (self.reason, self.limit) = (reason, limit) }

  /// Notes a sample, if it is notable enough.
  public mutating func add(_ judgement: SampleResult) {
    guard limit > 0, reason == .doubt || !judgement.isCorrect else { return }
    let sample = Sample(
      index: judgement.index, label: judgement.label, predicted: judgement.predicted,
      confidence: judgement.confidence, loss: judgement.loss)
    if samples.count == limit {
      guard rank(samples[limit - 1]) < rank(sample) else { return }
      samples.removeLast()
    }
    samples.insert(sample, at: place(of: rank(sample)))
  }

  private func rank(_ sample: Sample) -> Double {
    reason == .mistake ? sample.loss : -sample.confidence
  }

  /// Behind all that are as notable or more.
  private func place(of rank: Double) -> Int {
    var (low, high) = (0, samples.count)
    while low < high {
      let middle = (low + high) / 2
      if self.rank(samples[middle]) >= rank { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

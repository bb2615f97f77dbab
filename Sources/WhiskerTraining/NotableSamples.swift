/// The samples worth looking at for one reason, the first of them first; however many come, only so many are kept.
public struct NotableSamples: Sendable {
  /// What makes a sample worth looking at.
  public enum Reason: Sendable {
    /// A mistake with a high loss: what a network is most surely wrong about.
    case mistake
    /// A low probability of the most probable class: what a network can hardly decide.
    case doubt
  }

  /// One sample and what was made of it.
  public struct Sample: Sendable, Equatable {
    /// The sample's index in its data set.
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
  public mutating func add(_ judgement: Judgement) {
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

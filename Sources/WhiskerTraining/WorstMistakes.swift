/// The mistakes with the highest losses: what a network is most surely wrong about.
public struct WorstMistakes: Sendable {
  /// One sample that was taken for something else.
  public struct Mistake: Sendable, Equatable {
    /// The sample's index in its data set.
    public let index: Int
    public let label: Int
    public let predicted: Int
    /// The probability of the predicted class, 0 to 1.
    public let confidence: Double
    /// The cross-entropy, in nats.
    public let loss: Double
  }

  /// The mistakes so far, the worst first; of equals the one that came first.
  public private(set) var mistakes: [Mistake] = []
  private let limit: Int

  /// Keeps at most `limit` mistakes.
  public init(limit: Int) { self.limit = limit }

  /// Notes a sample, if it is a mistake and bad enough.
  public mutating func add(_ judgement: Judgement) {
    guard !judgement.isCorrect, limit > 0 else { return }
    if mistakes.count == limit {
      guard mistakes[limit - 1].loss < judgement.loss else { return }
      mistakes.removeLast()
    }
    mistakes.insert(
      Mistake(
        index: judgement.index, label: judgement.label, predicted: judgement.predicted,
        confidence: judgement.confidence, loss: judgement.loss), at: place(of: judgement.loss))
  }

  /// Behind all that are as bad or worse.
  private func place(of loss: Double) -> Int {
    var (low, high) = (0, mistakes.count)
    while low < high {
      let middle = (low + high) / 2
      if mistakes[middle].loss >= loss { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// How often a network is right about the samples that it is surest of: the risk-coverage curve (El-Yaniv & Wiener, "On the
/// Foundations of Noise-free Selective Classification", JMLR 2010, section 2).
///
/// Samples are kept in the order of the probability of their most probable class. Those that are equally sure come together:
/// their mistakes are spread evenly over them.
public struct RiskCoverage: Sendable {
  private var sure: [(confidence: Double, isCorrect: Bool)] = []

  /// Without samples.
  public init() {}

  /// Adds one sample.
  /// - Parameter confidence: The probability of its most probable class, 0 to 1.
  public mutating func add(confidence: Double, isCorrect: Bool) { sure.append((confidence, isCorrect)) }

  /// The curve.
  public var curve: Curve { Curve(sure) }

  /// The curve of samples that have all been seen.
  public struct Curve: Sendable {
    /// How many mistakes are expected among the first samples, by their number from 0.
    private let wrong: [Double]

    fileprivate init(_ sure: [(confidence: Double, isCorrect: Bool)]) {
      let sorted = sure.sorted { $0.confidence > $1.confidence }
      var (wrong, place) = ([0.0], 0)
      while place < sorted.count {
        let end = sorted[place...].firstIndex { $0.confidence != sorted[place].confidence } ?? sorted.count
        let mistakes = sorted[place..<end].count { !$0.isCorrect }
        let before = wrong[place]
        for rank in 1...(end - place) {
          wrong.append(before + Double(mistakes) * Double(rank) / Double(end - place))
        }
        place = end
      }
      self.wrong = wrong
    }

    /// The accuracy, 0 to 1, on the share `coverage`, above 0 to 1, of the samples that are surest; 0 of nothing.
    public func accuracy(at coverage: Double) -> Double {
      let count = wrong.count - 1
      guard count > 0 else { return 0 }
      let kept = min(count, max(1, Int((coverage * Double(count)).rounded())))
      return 1 - wrong[kept] / Double(kept)
    }

    /// The area under the curve of risk, 0 to 1, the lower the better: the mean of the share of mistakes over all numbers of
    /// samples kept (Geifman et al., "Bias-Reduced Uncertainty Estimation for Deep Neural Classifiers", ICLR 2019, eq. 1).
    public var area: Double {
      let count = wrong.count - 1
      guard count > 0 else { return 0 }
      return (1...count).reduce(0) { $0 + wrong[$1] / Double($1) } / Double(count)
    }
  }
}

import Glibc

/// How much the passes of Monte-Carlo dropout differ about one picture (Gal and Ghahramani, "Dropout as a Bayesian
/// Approximation", ICML 2016).
public struct Uncertainty: Sendable, Equatable, Codable {
  /// The standard deviation of the probability of every class over the passes, which it is divided by, not one fewer.
  public let standardDeviations: [Double]
  /// The entropy of the mean probabilities in nats, 0 to log of the number of classes: how unsure the answer is.
  public let entropy: Double
  /// The part of the entropy that the passes disagree about, in nats: that of the mean less the mean of theirs (Houlsby et
  /// al., "Bayesian Active Learning for Classification and Preference Learning", 2011, eq. 2). 0 for one pass.
  public let mutualInformation: Double
}

extension Prediction {
  /// The mean of the passes' probabilities `[passes, classes]`, of which there is at least one, and how they differ.
  package init(passes: [[Double]]) {
    let (count, classes) = (Double(passes.count), passes[0].indices)
    let mean = classes.map { label in passes.reduce(0) { $0 + $1[label] } / count }
    let deviations = classes.map { label in
      (passes.reduce(0) { $0 + ($1[label] - mean[label]) * ($1[label] - mean[label]) } / count).squareRoot()
    }
    let entropy = Self.entropy(mean)
    let expected = passes.reduce(0) { $0 + Self.entropy($1) } / count
    // It is never negative but for rounding.
    let information = passes.count > 1 ? max(0, entropy - expected) : 0
    self.init(
      probabilities: mean,
      uncertainty: Uncertainty(
        standardDeviations: deviations, entropy: entropy, mutualInformation: information))
  }

  private static func entropy(_ probabilities: [Double]) -> Double {
    // 0 log 0 is 0.
    probabilities.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
  }
}

import Glibc

/// The prediction for one picture.
public struct Prediction: Sendable, Equatable, Codable {
  /// The probability of every class, 0 to 1, in the model's order; the mean over several passes.
  public let probabilities: [Double]
  /// The uncertainty; nil without dropout.
  public let uncertainty: Uncertainty?

  package init(probabilities: [Double], uncertainty: Uncertainty? = nil) {
    (self.probabilities, self.uncertainty) = (probabilities, uncertainty)
  }

  /// The labels of the `count` most probable classes, the most probable first, of equals the first one.
  public func top(_ count: Int) -> [Int] {
    guard count > 1 else { return [probabilities.indices.reduce(0) { isBefore($1, $0) ? $1 : $0 }] }
    return Array(probabilities.indices.sorted(by: isBefore).prefix(count))
  }

  private func isBefore(_ left: Int, _ right: Int) -> Bool {
    probabilities[left] > probabilities[right]
      || (probabilities[left] == probabilities[right] && left < right)
  }
}

/// The uncertainty of a prediction by Monte-Carlo dropout (Gal and Ghahramani, "Dropout as a Bayesian
/// Approximation", ICML 2016).
public struct Uncertainty: Sendable, Equatable, Codable {
  /// The standard deviation of the probability of every class over the passes, with the divisor n.
  public let standardDeviations: [Double]
  /// The entropy of the mean probabilities in nats, 0 to log of the number of classes.
  public let entropy: Double
  /// The mutual information in nats: the entropy of the mean minus the mean entropy of the passes (Houlsby et
  /// al., "Bayesian Active Learning for Classification and Preference Learning", 2011, eq. 2). 0 for one pass.
  public let mutualInformation: Double
}

extension Prediction {
  /// The mean of the probabilities `[passes, classes]` of at least one pass, and their uncertainty.
  package init(passes: [[Double]]) {
    let (count, classes) = (Double(passes.count), passes[0].indices)
    let mean = classes.map { label in passes.reduce(0) { $0 + $1[label] } / count }
    let deviations = classes.map { label in
      (passes.reduce(0) { $0 + ($1[label] - mean[label]) * ($1[label] - mean[label]) } / count).squareRoot()
    }
    let entropy = Self.entropy(mean)
    let expected = passes.reduce(0) { $0 + Self.entropy($1) } / count
    // Only rounding makes it negative.
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

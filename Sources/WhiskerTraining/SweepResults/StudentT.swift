import Glibc
import WhiskerCore

/// Student's t distribution.
package struct StudentT {
  private struct Question: Hashable {
    let degrees: Double
    let probability: Double
  }

  /// The quantiles so far: a sweep needs the same few after every training, thousands of times.
  private static let quantiles = Lock<[Question: Double]>([:])

  package let degrees: Double

  package init(degrees: Double) { self.degrees = degrees }

  /// The probability of values up to `t`, 1 - I_x(n / 2, 1 / 2) / 2 with x = n / (n + t^2) for t >= 0 (Abramowitz & Stegun,
  /// "Handbook of Mathematical Functions", 26.7.1 and 26.5.27).
  package func probability(upTo t: Double) -> Double {
    let tail = incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5) / 2
    return t < 0 ? tail : 1 - tail
  }

  /// The value that is not exceeded with a probability from 0.5 to below 1.
  package func quantile(_ probability: Double) -> Double {
    let question = Question(degrees: degrees, probability: probability)
    if let known = Self.quantiles.withLock({ $0[question] }) { return known }
    let quantile = computedQuantile(probability)
    Self.quantiles.withLock { $0[question] = quantile }
    return quantile
  }

  private func computedQuantile(_ probability: Double) -> Double {
    var (low, high) = (0.0, 1.0)
    while self.probability(upTo: high) < probability, high < 1e12 { high *= 2 }
    // 64 halvings exhaust the precision of a double.
    for _ in 0..<64 {
      let middle = (low + high) / 2
      if self.probability(upTo: middle) < probability { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// The regularized incomplete beta function I_x(a, b).
  private func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    guard x > 0 else { return 0 }
    guard x < 1 else { return 1 }
    return x < (a + 1) / (a + b + 2) ? betaFraction(x, a, b) : 1 - betaFraction(1 - x, b, a)
  }

  /// Its continued fraction (Abramowitz & Stegun, 26.5.8), which converges fast on this side of the mean.
  private func betaFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    let scale: Double = lgamma(a + b) - lgamma(a) - lgamma(b)
    let front: Double = exp(scale + a * log(x) + b * log(1 - x)) / a
    var value = 1.0
    // From a term beyond which the rest is below the precision of a double.
    for step in stride(from: 200, through: 1, by: -1) {
      let m = Double(step / 2)
      let (left, right) = (a + 2 * m, a + m)
      let factor: Double =
        step.isMultiple(of: 2) ? m * (b - m) / (left - 1) : -right * (right + b) / (left + 1)
      value = 1 + factor * x / left / value
    }
    return front / value
  }
}

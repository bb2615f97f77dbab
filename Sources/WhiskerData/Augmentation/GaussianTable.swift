import Glibc

/// Numbers that are normally distributed if one of them is picked at random: the quantiles of the normal distribution at
/// equal distances, scaled to a variance of 1. The largest are 3.7 from 0.
enum GaussianTable {
  static let bits = 12

  static let values: [Double] = {
    let count = 1 << bits
    let upper = (count / 2..<count).map { quantile((Double($0) + 0.5) / Double(count)) }
    let variance = upper.reduce(0) { $0 + $1 * $1 } / Double(upper.count)
    return (upper.reversed().map { -$0 } + upper).map { $0 / variance.squareRoot() }
  }()

  /// The number that a normal variable stays below with the given probability, from 0.5 up, by Newton's method.
  private static func quantile(_ probability: Double) -> Double {
    var value = 0.0
    for _ in 0..<40 {
      let excess = 0.5 * erfc(-value / 2.0.squareRoot()) - probability
      let step = excess * (2 * .pi).squareRoot() * exp(value * value / 2)
      value -= step
      if abs(step) < 1e-12 { break }
    }
    return value
  }
}

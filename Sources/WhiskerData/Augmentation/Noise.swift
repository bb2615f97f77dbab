import Glibc
import WhiskerCore

extension Augmentation.Kind {
  /// Adds normal noise to every value.
  public static let noise = Augmentation.Kind(
    "noise", "the standard deviation as a share of the range of values", limit: 1, default: 0.05,
    words: Augmentation.percentage
  ) { share, _ in
    let deviation = share * 255
    guard deviation > 0 else { return nil }
    let noise = GaussianTable.values.map { Int16(($0 * deviation).rounded()) }
    return .pixels { random, pixels in add(noise, to: pixels, random.stream(.augmentationNoise)) }
  }

  private static func add(
    _ noise: [Int16], to pixels: UnsafeMutableBufferPointer<UInt8>, _ stream: RandomStream
  ) {
    noise.withUnsafeBufferPointer { noise in
      stream.forEachNumber(count: pixels.count) { place, number in
        let value = Int16(pixels[place]) &+ noise[Int(number) & (1 << GaussianTable.bits - 1)]
        pixels[place] = UInt8(truncatingIfNeeded: min(max(value, 0), 255))
      }
    }
  }
}

extension Augmentation {
  /// The standard deviation of the noise on every value, as a share of the range of values.
  public var noise: Double {
    get { self[.noise] }
    set { self[.noise] = newValue }
  }
}

/// The quantiles of the normal distribution at equal distances, scaled to a variance of 1. A random one of them is
/// approximately normally distributed. The largest are 3.7 from 0.
private enum GaussianTable {
  static let bits = 12

  static let values: [Double] = {
    let count = 1 << bits
    let upper = (count / 2..<count).map { quantile((Double($0) + 0.5) / Double(count)) }
    let variance = upper.reduce(0) { $0 + $1 * $1 } / Double(upper.count)
    return (upper.reversed().map { -$0 } + upper).map { $0 / variance.squareRoot() }
  }()

  /// The quantile of the normal distribution for a probability of at least 0.5, by Newton's method.
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

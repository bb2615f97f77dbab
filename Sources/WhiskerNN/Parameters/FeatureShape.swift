/// The shape of the activations of one sample.
public enum FeatureShape: Sendable, Equatable, CustomStringConvertible {
  /// A feature map, `[channels, height, width]`.
  case map(channels: Int, height: Int, width: Int)
  /// A vector, `[count]`.
  case vector(Int)

  /// The number of values, at most 2^40: shapes of a network are multiplied before their limits are checked.
  public var count: Int { saturatingProduct(extents) }

  /// The extents, outermost first.
  public var extents: [Int] {
    switch self {
    case .map(let channels, let height, let width): [channels, height, width]
    case .vector(let count): [count]
    }
  }

  /// "32x26x26", or "128".
  public var description: String { extents.map(String.init).joined(separator: "x") }
}

/// The product of extents, at most 2^40.
func saturatingProduct(_ extents: [Int]) -> Int {
  extents.reduce(1) { product, extent in
    let (next, overflows) = product.multipliedReportingOverflow(by: extent)
    return overflows ? 1 << 40 : min(next, 1 << 40)
  }
}

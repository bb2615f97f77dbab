/// The shape of the activations of one sample.
public enum FeatureShape: Sendable, Equatable, CustomStringConvertible {
  /// A feature map, `[channels, height, width]`.
  case map(channels: Int, height: Int, width: Int)
  /// A vector, `[count]`.
  case vector(Int)

  /// The number of values.
  public var count: Int {
    switch self {
    case .map(let channels, let height, let width): channels * height * width
    case .vector(let count): count
    }
  }

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

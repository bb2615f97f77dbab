import WhiskerNN
import WhiskerCore

/// The weights of the first layer that learns, which can be drawn: a picture per filter or unit.
package struct FirstFilters: Sendable {
  /// How many there are. Only the first ones are kept.
  package let count: Int
  /// Their name: "filter" or "unit".
  package let noun: String
  package let (channels, height, width): (Int, Int, Int)
  /// The weights kept, `[filters, channels, height, width]`.
  package let weights: [Float]

  private static let filtersShown = 64
  /// Larger pictures are not kept.
  private static let pixelLimit = 1 << 14

  /// The filters of the network as it is; nil unless its first weights apply to pixels.
  package init?(_ network: Network) {
    guard let parameter = network.parameters.first,
      case .map(let channels, let height, let width) = network.inputShape
    else { return nil }
    let shape = parameter.value.shape
    switch shape.count {
    case 4 where shape[1] == channels: (noun, self.height, self.width) = ("filter", shape[2], shape[3])
    case 2 where shape[1] == network.inputShape.count:
      (noun, self.height, self.width) = ("unit", height, width)
    default: return nil
    }
    guard self.height * self.width <= Self.pixelLimit else { return nil }
    (count, self.channels) = (shape[0], channels)
    let size = channels * self.height * self.width
    weights = (0..<min(count, Self.filtersShown) * size).map { parameter.value[$0] }
  }
}

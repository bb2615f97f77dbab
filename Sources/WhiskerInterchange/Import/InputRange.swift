import WhiskerData
import WhiskerNN
import WhiskerCore

/// The range of pixel values that weights were trained with: black is `low`, white is `high`.
public struct InputRange: Sendable, Equatable {
  /// The value of black.
  public let low: Double
  /// The value of white.
  public let high: Double

  /// The range of Whisker's networks.
  public static let own = InputRange(
    low: Preprocessing.Normalization.standard.shift, high: Preprocessing.Normalization.standard.shift + 1)

  private init(low: Double, high: Double) { (self.low, self.high) = (low, high) }

  /// A range; nil unless `low` is below `high` and both are finite.
  public init?(_ low: Double, _ high: Double) {
    guard low.isFinite, high.isFinite, low < high, (high - low).isFinite else { return nil }
    self.init(low: low, high: high)
  }

  /// Whether a scaled and shifted input gives an output that is scaled and shifted in the same way.
  static func commutes(with layer: LayerSpecification) -> Bool {
    switch layer {
    case .maxPool, .dropout, .spatialDropout, .gaussianDropout, .flatten: true
    case .convolution, .relu, .dense, .dropConnect: false
    }
  }

  /// Adjusts the first layer to Whisker's input x instead of the input y = s x + t that it was trained with, where
  /// s = high - low and t = (high + low) / 2. W y + b = (s W) x + (b + t ΣW), which is exact because convolutions are not
  /// padded.
  /// - Parameter weights: In PyTorch's layout, in which the weights of an output are contiguous.
  func fold(into weights: Tensor, _ biases: Tensor) {
    let (scale, shift) = (high - low, (high + low) / 2)
    let size = weights.count / biases.count
    for output in 0..<biases.count {
      var sum = 0.0
      for place in output * size..<(output + 1) * size {
        sum += Double(weights[place])
        weights[place] = Float(scale * Double(weights[place]))
      }
      biases[output] = Float(Double(biases[output]) + shift * sum)
    }
  }
}

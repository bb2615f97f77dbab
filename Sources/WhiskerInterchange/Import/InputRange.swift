import WhiskerNN
import WhiskerTensor

/// What weights expect of black and of white: pixels were scaled evenly from `low` to `high` when they were trained.
public struct InputRange: Sendable, Equatable {
  /// What black was.
  public let low: Double
  /// What white was.
  public let high: Double

  /// What Whisker's networks are given: v / 255 - 1/2.
  public static let own = InputRange(low: -0.5, high: 0.5)

  private init(low: Double, high: Double) { (self.low, self.high) = (low, high) }

  /// A range; nil unless `low` is below `high` and both are numbers.
  public init?(_ low: Double, _ high: Double) {
    guard low.isFinite, high.isFinite, low < high, (high - low).isFinite else { return nil }
    self.init(low: low, high: high)
  }

  /// Whether a layer hands on a scaled and shifted input as a scaled and shifted output.
  static func commutes(with layer: LayerSpecification) -> Bool {
    switch layer {
    case .maxPool, .dropout, .spatialDropout, .gaussianDropout, .flatten: true
    case .convolution, .relu, .dense, .dropConnect: false
    }
  }

  /// Changes the first layer so that it gives for Whisker's input x what it gave for the input y that it was trained
  /// with. With y = s x + t, where s = high - low and t = (high + low) / 2, W y + b = (s W) x + (b + t ΣW): exact, as
  /// convolutions are not padded.
  /// - Parameter weights: In PyTorch's layout, so that the weights of an output lie together.
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

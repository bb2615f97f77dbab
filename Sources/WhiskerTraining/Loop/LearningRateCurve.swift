import Glibc

/// The losses of a learning-rate range test, and the rate that follows from them (Smith, "Cyclical Learning Rates for Training
/// Neural Networks", WACV 2017, section 3.3; arXiv 2015).
public struct LearningRateCurve: Sendable, Equatable {
  /// The loss of a step.
  public struct Point: Sendable, Equatable {
    /// The learning rate of the step.
    public let rate: Double
    /// The exponential moving average of the losses of this and the earlier batches.
    public let loss: Double
  }

  /// One point per step, by rising rate.
  public private(set) var points: [Point] = []
  private var average = 0.0

  /// The momentum of the average of losses.
  private static let momentum = 0.9
  /// The multiple of the lowest loss that ends the test.
  private static let divergence = 4.0
  /// The loss must fall to this fraction of the first one for a suggestion.
  private static let notableFall = 0.95

  public init() {}

  /// Adds the loss of the batch before a step with a rate. Losses that are NaN or infinite count as diverged.
  package mutating func add(rate: Double, loss: Double) {
    average = Self.momentum * average + (1 - Self.momentum) * loss
    // Without the correction, the average would start at 0.
    let correction = 1 - pow(Self.momentum, Double(points.count + 1))
    points.append(Point(rate: rate, loss: average / correction))
  }

  /// The point with the lowest loss; nil without points.
  public var lowest: Point? { points.min { $0.loss < $1.loss } }

  /// Whether the last loss is a multiple of the lowest one, NaN or infinite.
  public var isDiverged: Bool {
    guard let last = points.last, let lowest else { return false }
    return !(last.loss <= Self.divergence * lowest.loss)
  }

  /// A tenth of the rate with the lowest loss; nil if the loss did not fall.
  public var suggestion: Double? {
    guard let first = points.first, let lowest, lowest.loss < Self.notableFall * first.loss else {
      return nil
    }
    return lowest.rate / 10
  }
}

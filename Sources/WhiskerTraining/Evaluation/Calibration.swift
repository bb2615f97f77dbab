/// The calibration of a network: how far its probabilities are from its accuracy.
///
/// The expected calibration error (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, eq. 3): the samples
/// are put into equal bins ((m - 1) / M, m / M] by the probability of their most probable class, and the distances
/// between the accuracy and the mean probability of the bins are averaged by their numbers of samples.
public struct Calibration: Sendable {
  /// The number of bins, M.
  public static let binCount = 15

  /// The samples whose most probable class has a probability of one range.
  public struct Bin: Sendable {
    /// The number of samples.
    public fileprivate(set) var count = 0
    /// How many of them were classified correctly.
    public fileprivate(set) var correct = 0
    /// The sum of the probabilities.
    fileprivate var confidence = 0.0

    /// Their accuracy, 0 to 1; nil without samples.
    public var accuracy: Double? { count > 0 ? Double(correct) / Double(count) : nil }
    /// The mean of their probabilities, 0 to 1; nil without samples.
    public var meanConfidence: Double? { count > 0 ? confidence / Double(count) : nil }
  }

  /// The bins, from low to high probability.
  public private(set) var bins = [Bin](repeating: Bin(), count: binCount)
  private var count = 0

  /// Without samples.
  public init() {}

  /// Adds one sample.
  /// - Parameter confidence: The probability of its most probable class, 0 to 1.
  /// - Parameter isCorrect: Whether that class is its own.
  public mutating func add(confidence: Double, isCorrect: Bool) {
    let place = (confidence * Double(Self.binCount)).rounded(.up)
    // NaN is reported elsewhere.
    let bin = place.isFinite ? min(max(Int(place) - 1, 0), Self.binCount - 1) : 0
    bins[bin].count += 1
    bins[bin].correct += isCorrect ? 1 : 0
    bins[bin].confidence += confidence
    count += 1
  }

  /// The error, 0 to 1; 0 without samples.
  public var expectedError: Double {
    guard count > 0 else { return 0 }
    return bins.reduce(0) { $0 + abs(Double($1.correct) - $1.confidence) } / Double(count)
  }

  /// The mean probability of the most probable class minus the accuracy: above 0 the network is overconfident, below
  /// 0 underconfident.
  public var overconfidence: Double {
    guard count > 0 else { return 0 }
    return bins.reduce(0) { $0 + $1.confidence - Double($1.correct) } / Double(count)
  }
}

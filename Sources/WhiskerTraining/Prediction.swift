/// What a network makes of one picture.
public struct Prediction: Sendable, Equatable, Codable {
  /// The probability of every class, 0 to 1, in the order of the model's; over several passes their mean.
  public let probabilities: [Double]
  /// How sure that is; nil where nothing was dropped.
  public let uncertainty: Uncertainty?

  package init(probabilities: [Double], uncertainty: Uncertainty? = nil) {
    (self.probabilities, self.uncertainty) = (probabilities, uncertainty)
  }

  /// The labels of the `count` most probable classes, the most probable first, of equals the first one.
  public func top(_ count: Int) -> [Int] {
    guard count > 1 else { return [probabilities.indices.reduce(0) { isBefore($1, $0) ? $1 : $0 }] }
    return Array(probabilities.indices.sorted(by: isBefore).prefix(count))
  }

  private func isBefore(_ left: Int, _ right: Int) -> Bool {
    probabilities[left] > probabilities[right]
      || (probabilities[left] == probabilities[right] && left < right)
  }
}

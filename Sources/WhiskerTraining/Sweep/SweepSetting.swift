import WhiskerTensor

/// One combination of what a sweep varies.
public struct SweepSetting: Sendable, Codable, Equatable {
  /// The rates of the network's dropout layers: one for all, or one each in order; empty for the network's own.
  public let dropout: [Double]
  /// The size of a step.
  public let learningRate: Double

  private enum CodingKeys: String, CodingKey {
    case dropout, learningRate = "learning_rate"
  }

  /// The rates as they are typed: "0.25,0.5".
  public var dropoutText: String { dropout.map(number).joined(separator: ",") }
}

/// A rate as it is typed: the shortest text that stands for it.
package func number(_ rate: Double) -> String {
  rate == rate.rounded() && abs(rate) < 1e15 ? String(Int(rate)) : String(rate)
}

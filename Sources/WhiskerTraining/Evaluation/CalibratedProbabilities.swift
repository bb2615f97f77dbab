import Glibc

/// The calibration and the loss of samples whose probabilities are scaled with a temperature.
public struct CalibratedProbabilities: Sendable {
  /// The temperature.
  public let temperature: Double
  /// The calibration.
  public private(set) var calibration = Calibration()
  private var lossSum = 0.0
  private var count = 0

  /// Without samples.
  public init(temperature: Double) { self.temperature = temperature }

  /// The mean cross-entropy; 0 without samples.
  public var loss: Double { lossSum / Double(max(1, count)) }

  mutating func add(_ result: SampleResult) {
    let (confidence, loss) = result.scaled(by: temperature)
    add(confidence: confidence, loss: loss, isCorrect: result.isCorrect)
  }

  mutating func add(confidence: Double, loss: Double, isCorrect: Bool) {
    calibration.add(confidence: confidence, isCorrect: isCorrect)
    lossSum += loss
    count += 1
  }

  var measure: TemperatureScaling.Measure {
    .init(loss: loss, calibrationError: calibration.expectedError)
  }
}

extension SampleResult {
  /// The probability of the most probable class and the cross-entropy with a temperature T: softmax(log p / T) is
  /// softmax(logits / T).
  func scaled(by temperature: Double) -> (confidence: Double, loss: Double) {
    guard temperature != 1 else { return (confidence, loss) }
    let sum = probabilities.reduce(0) { $0 + pow($1 / confidence, 1 / temperature) }
    // The loss is exact where the probability underflows.
    return (1 / sum, max(0, (loss + log(confidence)) / temperature + log(sum)))
  }
}

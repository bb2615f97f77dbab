import WhiskerCore

/// The temperature of a model's probabilities, softmax(logits / T), fitted on validation samples (Guo et al., "On Calibration of
/// Modern Neural Networks", ICML 2017, section 4.2), and the threshold that follows from them. The order of the classes does
/// not depend on the temperature.
public struct TemperatureScaling: Sendable, Equatable {
  /// The quality of the probabilities of the validation samples.
  public struct Measure: Sendable, Equatable, Codable {
    /// The mean cross-entropy.
    public let loss: Double
    /// The expected calibration error with 15 bins, 0 to 1.
    public let calibrationError: Double

    private enum CodingKeys: String, CodingKey {
      case loss, calibrationError = "expected_calibration_error"
    }

    package init(loss: Double, calibrationError: Double) {
      (self.loss, self.calibrationError) = (loss, calibrationError)
    }

    fileprivate var isValid: Bool {
      loss.isFinite && loss >= 0 && TemperatureScaling.shares.contains(calibrationError)
    }
  }

  /// A probability below which the model should abstain.
  public struct Threshold: Sendable, Equatable, Codable {
    /// The probability, 0 to 1.
    public let probability: Double
    /// The fraction of the validation samples whose most probable class has this probability or a higher one.
    public let coverage: Double
    /// The accuracy on those, at least `targetAccuracy`.
    public let accuracy: Double

    package init(probability: Double, coverage: Double, accuracy: Double) {
      (self.probability, self.coverage, self.accuracy) = (probability, coverage, accuracy)
    }

    fileprivate var isValid: Bool {
      [probability, coverage, accuracy].allSatisfy(TemperatureScaling.shares.contains)
    }
  }

  /// The range of temperatures.
  public static let range = 0.05...20.0
  /// The accuracy that a threshold is chosen for.
  public static let targetAccuracy = 0.95
  /// The fewest samples that a temperature is fitted on, and the fewest answers with a threshold. The accuracy of fewer is too
  /// uncertain.
  public static let minimumSamples = 50

  private static let shares = 0.0...1.0

  /// The temperature T. Above 1, the network was overconfident.
  public let temperature: Double
  /// The number of samples that it was fitted on.
  public let samples: Int
  /// The probabilities of those samples with a temperature of 1.
  public let before: Measure
  /// Their probabilities with the fitted temperature.
  public let after: Measure
  /// The lowest threshold at which at least 95 % of the answers were correct; nil if there is none with enough answers.
  public let threshold: Threshold?

  package init(temperature: Double, samples: Int, before: Measure, after: Measure, threshold: Threshold?) {
    (self.temperature, self.samples, self.threshold) = (temperature, samples, threshold)
    (self.before, self.after) = (before, after)
  }
}

extension TemperatureScaling: Codable {
  private enum CodingKeys: String, CodingKey { case temperature, samples, before, after, threshold }

  /// Reads what `encode` wrote.
  /// - Throws: `DecodingError` when a number is impossible.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    temperature = try container.decode(Double.self, forKey: .temperature)
    samples = try container.decode(Int.self, forKey: .samples)
    before = try container.decode(Measure.self, forKey: .before)
    after = try container.decode(Measure.self, forKey: .after)
    threshold = try container.decodeIfPresent(Threshold.self, forKey: .threshold)
    guard Self.range.contains(temperature), samples > 0, before.isValid, after.isValid,
      threshold?.isValid ?? true
    else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "a number is out of range"))
    }
  }
}

extension Model {
  /// The threshold of the model's probabilities.
  /// - Throws: `FileError` when it has none.
  public var threshold: TemperatureScaling.Threshold {
    get throws {
      guard let temperature else {
        throw FileError(
          path,
          "has no threshold: it was imported, written by an older version, or trained with fewer than "
            + "\(TemperatureScaling.minimumSamples) validation pictures",
          advice: "Train with a larger \(Setting.validationSplit), or name a probability")
      }
      guard let threshold = temperature.threshold else {
        throw FileError(
          path,
          "has no threshold: at none, \(percent(TemperatureScaling.targetAccuracy)) of at least "
            + "\(TemperatureScaling.minimumSamples) answers on its \(counted(temperature.samples, "validation picture")) "
            + "were correct",
          advice: "Name a probability")
      }
      return threshold
    }
  }
}

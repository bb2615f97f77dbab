/// All samples of a cross-validation, each measured by the model of the fold that held it back.
public struct OutOfFold: Sendable, Codable {
  /// The samples of one fold.
  public struct Fold: Sendable, Codable {
    /// The number of the fold, counted from 1.
    public let fold: Int
    /// The number of samples that were measured.
    public let samples: Int
    /// The accuracy, 0 to 1.
    public let accuracy: Double
    /// The mean cross-entropy.
    public let loss: Double
  }

  /// The number of samples that were measured.
  public let samples: Int
  /// The accuracy of all, 0 to 1.
  public let accuracy: Double
  /// The mean cross-entropy of all.
  public let loss: Double
  /// The expected calibration error.
  public let calibrationError: Double
  /// The folds.
  public let folds: [Fold]
  /// The classes.
  public let classes: [String]
  /// The confusion matrix, a row per actual class; nil for too many classes.
  public let confusion: [[Int]]?

  /// The most classes with a matrix, which would otherwise be megabytes of zeros.
  private static let matrixLimit = 1000

  private enum CodingKeys: String, CodingKey {
    case samples, accuracy, loss, calibrationError = "expected_calibration_error", folds, classes, confusion
  }

  init(_ measured: EvaluationResult, _ folds: [Fold], classes: [String]) {
    let evaluation = measured.evaluation
    (samples, accuracy, loss) = (evaluation.count, evaluation.accuracy, evaluation.loss)
    calibrationError = measured.details.calibration.expectedError
    (self.folds, self.classes) = (folds, classes)
    confusion = classes.count <= Self.matrixLimit ? evaluation.confusion.rows : nil
  }
}

import WhiskerCore

/// A prediction as JSON: what `whisker predict --format json` prints, and what the server answers.
package struct AnswerRecord: Encodable {
  /// The members of a record.
  package struct Options: Sendable {
    /// The classes, in the model's order.
    package var classNames: [String]
    /// The number of classes in the list `top`; nil for the probabilities of all classes instead.
    package var topK: Int?
    /// The probability below which the model abstains, from 0 to 1.
    package var threshold: Double

    package init(classNames: [String], topK: Int?, threshold: Double) {
      (self.classNames, self.threshold) = (classNames, threshold)
      self.topK = topK.map { min($0, classNames.count) }
    }
  }

  struct Candidate: Encodable {
    let label: String
    let probability: Double
    let standard_deviation: Double?
  }

  let path: String
  var label: String?
  /// True if the label is omitted because of its low probability.
  var abstained: Bool?
  var probability: Double?
  var probabilities: [String: Double]?
  var top: [Candidate]?
  var standard_deviation: Double?
  var standard_deviations: [String: Double]?
  var entropy: Double?
  var mutual_information: Double?
  var error: String?

  /// The error of the picture at `path`.
  package init(_ path: String, error: String) { (self.path, self.error) = (path, error) }

  /// A prediction, with the members that the options select.
  package init(_ path: String, _ prediction: Prediction, _ options: Options) {
    self.path = path
    let (names, uncertainty) = (options.classNames, prediction.uncertainty)
    let labels = prediction.top(options.topK ?? 1)
    probability = prediction.probabilities[labels[0]]
    let isUnsure = prediction.probabilities[labels[0]] < options.threshold
    label = isUnsure ? nil : names[labels[0]]
    abstained = isUnsure ? true : nil
    standard_deviation = uncertainty?.standardDeviations[labels[0]]
    (entropy, mutual_information) = (uncertainty?.entropy, uncertainty?.mutualInformation)
    func named(_ values: [Double]) -> [String: Double] {
      Dictionary(uniqueKeysWithValues: zip(names, values))
    }
    guard options.topK == nil else {
      top = labels.map {
        Candidate(
          label: names[$0], probability: prediction.probabilities[$0],
          standard_deviation: uncertainty?.standardDeviations[$0])
      }
      return
    }
    probabilities = named(prediction.probabilities)
    standard_deviations = uncertainty.map { named($0.standardDeviations) }
  }

  /// The record on one line, safe to print.
  package var line: String {
    get throws { printable(json: try StableJSON.line(self)) }
  }
}

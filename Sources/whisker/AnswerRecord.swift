import WhiskerTensor
import WhiskerTraining

/// The answer about one picture, for programs.
struct AnswerRecord: Encodable {
  struct Candidate: Encodable {
    let label: String
    let probability: Double
    let standard_deviation: Double?
  }

  let path: String
  var label: String?
  /// True where the label was left out for its low probability.
  var abstained: Bool?
  var probability: Double?
  var probabilities: [String: Double]?
  var top: [Candidate]?
  var standard_deviation: Double?
  var standard_deviations: [String: Double]?
  var entropy: Double?
  var mutual_information: Double?
  var error: String?

  /// What was wrong with the picture at `path`.
  init(_ path: String, _ error: FileError) { (self.path, self.error) = (path, error.problem) }

  /// What `prediction` says, as far as the printer's options want it.
  init(_ path: String, _ prediction: Prediction, _ options: AnswerPrinter) {
    self.path = path
    let (names, uncertainty) = (options.classNames, prediction.uncertainty)
    let labels = prediction.top(options.topK ?? 1)
    probability = prediction.probabilities[labels[0]]
    let isUnsure = options.abstains(prediction.probabilities[labels[0]])
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
}

import WhiskerTraining
import WhiskerData
import WhiskerCore

/// The sections about one evaluation.
struct MeasuredSections {
  let measurement: EvaluationResult?
  let dataset: any Dataset
  let classNames: [String]
  /// The text where nothing was measured.
  let nothing: String
  /// Whether the worst mistakes are decoded from their files again, which takes time.
  var showsOriginals = true
  /// The file of the model that classified a picture, by its index, for heat maps beside the worst mistakes; nil for none.
  var modelFile: (Int) -> String? = { _ in nil }

  var scores: [ReportSection] {
    guard let measurement else {
      return [ReportSection(title: "Validation", body: "<p class=\"empty\">\(nothing)</p>")]
    }
    let matrix = measurement.evaluation.confusion
    return [
      ConfusionSection(matrix: matrix, classNames: classNames).section,
      ReliabilitySection(
        calibration: measurement.details.calibration, calibrated: measurement.details.calibrated
      ).section,
      ClassSection(matrix: matrix, classNames: classNames).section,
    ]
  }

  var pictures: [ReportSection] {
    guard let details = measurement?.details else { return [] }
    return [
      PictureSection(
        title: "Most confident mistakes",
        note:
          "The mistakes with the highest loss: the predicted class with its probability, and the actual class.",
        nothing: "There are no mistakes.", samples: details.worst.samples, dataset: dataset,
        classNames: classNames, showsOriginals: showsOriginals, modelFile: modelFile
      ).section,
      PictureSection(
        title: "Least certain",
        note: "The pictures whose predicted class has the lowest probability.",
        nothing: "There are no pictures.", samples: details.leastCertain.samples, dataset: dataset,
        classNames: classNames
      ).section,
    ]
  }
}

/// The figures of an evaluation beyond loss and accuracy.
struct MeasuredFigures {
  let figures: [ReportPage.Figure]

  init(_ measurement: EvaluationResult?) {
    guard let (evaluation, details) = measurement.map({ ($0.evaluation, $0.details) }) else {
      figures = []
      return
    }
    let top = ReportPage.Figure(
      name: "Top-\(details.topK) accuracy", value: percent(details.topKAccuracy, 1),
      note: "correct class among the first \(details.topK)")
    let average = ReportPage.Figure(
      name: "F1", value: fixed(evaluation.confusion.macroAverage.f1, 3), note: "mean over classes")
    figures = (details.topK > 1 ? [top] : []) + [average]
  }
}

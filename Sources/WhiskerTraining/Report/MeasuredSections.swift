import WhiskerData
import WhiskerTensor

/// How a network did, part by part.
struct MeasuredSections {
  let measurement: Measurement?
  let dataset: any Dataset
  let classNames: [String]
  /// What is told where nothing was measured.
  let nothing: String

  var scores: [ReportSection] {
    guard let measurement else {
      return [ReportSection(title: "How it does on new pictures", body: "<p class=\"empty\">\(nothing)</p>")]
    }
    let matrix = measurement.evaluation.confusion
    return [
      ConfusionSection(matrix: matrix, classNames: classNames).section,
      ReliabilitySection(calibration: measurement.details.calibration).section,
      ClassSection(matrix: matrix, classNames: classNames).section,
    ]
  }

  var pictures: [ReportSection] {
    guard let details = measurement?.details else { return [] }
    return [
      PictureSection(
        title: "What it is most surely wrong about",
        note:
          "The mistakes with the highest loss, as the network sees the pictures: its answer, the probability it told, and the truth.",
        nothing: "It made no mistake.", samples: details.worst.samples, dataset: dataset,
        classNames: classNames
      ).section,
      PictureSection(
        title: "What it can hardly decide",
        note: "The pictures whose answer it told with the lowest probability.",
        nothing: "There are no pictures.", samples: details.leastCertain.samples, dataset: dataset,
        classNames: classNames
      ).section,
    ]
  }
}

/// The numbers of a measurement beyond loss and accuracy.
struct MeasuredFigures {
  let figures: [ReportPage.Figure]

  init(_ measurement: Measurement?) {
    guard let (evaluation, details) = measurement.map({ ($0.evaluation, $0.details) }) else {
      figures = []
      return
    }
    let top = ReportPage.Figure(
      name: "Top-\(details.topK) accuracy", value: percent(details.topKAccuracy, 1),
      note: "the class is among the first \(details.topK)")
    let average = ReportPage.Figure(
      name: "F1", value: fixed(evaluation.confusion.macroAverage.f1, 3), note: "the mean of the classes")
    figures = (details.topK > 1 ? [top] : []) + [average]
  }
}

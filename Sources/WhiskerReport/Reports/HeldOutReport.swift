import WhiskerTraining
import WhiskerData
import WhiskerNN
import WhiskerCore

/// The report of an evaluation.
public struct HeldOutReport {
  private let evaluation: EvaluationReport
  private let details: EvaluationDetails
  /// The network, if it is a single one that sees pictures.
  private let network: Network?
  private let command: [String]
  private let settingName: (Setting) -> String

  /// The report of an evaluation.
  /// - Parameters:
  ///   - evaluation: The evaluation.
  ///   - details: The details from `EvaluationDetails.shown`.
  ///   - network: The model's network or ensemble, with its weights.
  ///   - command: The command line; empty for none.
  ///   - settingName: The name of a setting in the reasons why pictures were skipped.
  public init(
    _ evaluation: EvaluationReport, _ details: EvaluationDetails, _ network: any Classifier,
    command: [String],
    settingName: @escaping (Setting) -> String = ErrorText.name
  ) {
    self.settingName = settingName
    (self.evaluation, self.details, self.command) = (evaluation, details, command)
    self.network = network.plain as? Network
  }

  /// Writes the report atomically, or to a device or FIFO.
  /// - Throws: `FileError` when it cannot be written; an old file at the path is then untouched.
  public func write(to path: String) throws {
    try AtomicFile.write(page.text, to: path, writesStreams: true)
  }

  private var measurement: EvaluationResult {
    EvaluationResult(evaluation: evaluation.evaluation, details: details)
  }

  private var page: ReportPage {
    let verdict = AccuracyVerdict(evaluation.evaluation, evaluation.classNames, of: "picture")
    return ReportPage(
      title: "\(percent(evaluation.evaluation.accuracy, 1)) · \(evaluation.model.path) on \(evaluation.data)",
      subject: "<b>\(evaluation.model.path)</b> evaluated on <b>\(evaluation.data)</b>, \(evaluation.part)",
      verdict: verdict.sentence(), remarks: [verdict.remark] + differences, figures: figures,
      sections: sections)
  }

  /// Differences between the classes of the model and of the data, and other warnings.
  private var differences: [HTML] {
    let match = evaluation.match
    var remarks: [HTML] = evaluation.skippedClasses.prefix(10).map {
      "<b>Note:</b> \($0.description): the accuracy does not cover them."
    }
    if let trainedOn = evaluation.trainedOn, trainedOn > 0 {
      remarks.append(
        """
        <b>Note:</b> the model was trained on \(grouped(trainedOn)) of these pictures. Its accuracy on new ones is probably \
        lower.
        """)
    }
    if evaluation.model.testTimeAugmentation == .flip {
      remarks.append("Probabilities are averaged over each picture and its mirror image.")
    }
    if !match.missing.isEmpty { remarks.append("The data has no pictures of \(listed(match.missing)).") }
    if !match.extra.isEmpty {
      remarks.append(
        """
        The model has no class \(listed(match.extra)): \(counted(evaluation.leftOut, "picture")) \
        \(evaluation.leftOut == 1 ? "was" : "were") skipped.
        """)
    }
    return remarks
  }

  private func listed(_ names: [String]) -> HTML {
    let shown = names.prefix(10).map { "“\(name($0))”" as HTML }
    let rest = names.count - shown.count
    let words = shown.enumerated().map { $0 > 0 ? ", \($1)" as HTML : $1 }
    return HTML(words) + when(rest > 0, " and \(counted(rest, "other"))")
  }

  private var figures: [ReportPage.Figure] {
    let result = evaluation.evaluation
    return [
      .init(
        name: "Accuracy", value: percent(result.accuracy, 1),
        note: "\(grouped(result.confusion.correct.reduce(0, +))) of \(counted(result.count, "picture"))"),
      .init(name: "Loss", value: fixed(result.loss, 4), note: "cross-entropy"),
    ] + MeasuredFigures(measurement).figures + [
      .init(
        name: "Calibration error", value: percent(details.calibration.expectedError, 1),
        note: "expected, over \(Calibration.binCount) bins")
    ]
      + (details.calibrated.map {
        [
          .init(
            name: "Calibrated", value: percent($0.calibration.expectedError, 1),
            note: "the same with temperature \(fixed($0.temperature, 2))")
        ]
      } ?? [])
  }

  private var sections: [ReportSection] {
    let measured = MeasuredSections(
      measurement: measurement, dataset: evaluation.dataset, classNames: evaluation.classNames, nothing: "",
      modelFile: { _ in evaluation.model.path })
    let failures = evaluation.evaluation.failures.map { ($0.name, $0.reason.text(naming: settingName)) }
    let filters = network.flatMap { FirstFilters($0) }.map { [$0.section] } ?? []
    let model = evaluation.model
    let network =
      (try? model.shapes).map {
        [NetworkSection(model.specification, input: model.inputShape, shapes: $0).section]
      } ?? []
    let sampled = evaluation.sampled.map { [CoverageSection(evaluation: $0).section] } ?? []
    return measured.scores + sampled + measured.pictures + filters + network
      + [SkippedSection(files: failures).section, origin]
  }

  private var origin: ReportSection {
    let summary = evaluation.model.summary
    let facts = FactList(facts: [
      ("Model", evaluation.model.path), ("Data", "\(evaluation.data), \(evaluation.part)"),
      ("Input", evaluation.model.preprocessing.description),
      (
        "Weights",
        evaluation.model.memberCount != nil
          ? nil
          : summary.importedFrom.map { "imported from \($0)" }
            ?? "of epoch \(summary.epoch), \(counted(summary.steps, "step")), seed \(summary.seed)"
      ),
      ("Ensemble", evaluation.model.memberCount.map { "mean of \(counted($0, "network"))" }),
      ("Trained by", "Whisker \(summary.whisker)"),
      ("Evaluated by", "Whisker \(Version.current), \(Machine.kernels) kernels"),
    ])
    let commands = when(!command.isEmpty, "<pre><code>\(ShellWords(command).text)</code></pre>\n")
    return ReportSection(title: "Reproduce", body: commands + facts.html)
  }
}

import WhiskerData
import WhiskerNN
import WhiskerTensor

/// What a model makes of pictures whose classes are known, as a page to look at.
public struct HeldOutReport {
  private let evaluation: EvaluationReport
  private let details: EvaluationDetails
  /// The network, or those of an ensemble.
  private let members: [Network]
  private let command: [String]

  /// A page about an evaluation.
  /// - Parameters:
  ///   - evaluation: What was measured.
  ///   - details: As `EvaluationDetails.shown` collects them.
  ///   - network: The model's network or ensemble, with its weights.
  ///   - command: What was typed; empty for what was not typed.
  public init(
    _ evaluation: EvaluationReport, _ details: EvaluationDetails, _ network: any Classifier, command: [String]
  ) {
    (self.evaluation, self.details, self.command) = (evaluation, details, command)
    members = (network as? Ensemble)?.members ?? [network as? Network].compactMap(\.self)
  }

  /// Writes the page, atomically, or through a device or a FIFO.
  /// - Throws: `FileError` when it cannot be written; an old file at the path is then untouched.
  public func write(to path: String) throws {
    try AtomicFile.write(page.text, to: path, writesStreams: true)
  }

  private var measurement: Measurement { Measurement(evaluation: evaluation.evaluation, details: details) }

  private var page: ReportPage {
    let verdict = AccuracyVerdict(evaluation.evaluation, evaluation.classNames, of: "picture")
    return ReportPage(
      title: "\(percent(evaluation.evaluation.accuracy, 1)) · \(evaluation.model.path) on \(evaluation.data)",
      subject: "<b>\(evaluation.model.path)</b> measured on <b>\(evaluation.data)</b>, \(evaluation.part)",
      verdict: verdict.sentence(), remarks: [verdict.remark] + differences, figures: figures,
      sections: sections)
  }

  /// What one side has and the other lacks.
  private var differences: [HTML] {
    let match = evaluation.match
    var remarks: [HTML] = evaluation.skippedClasses.prefix(10).map {
      "<b>Note:</b> \($0.description): the accuracy says nothing about them."
    }
    if let trainedOn = evaluation.trainedOn, trainedOn > 0 {
      remarks.append(
        """
        <b>Note:</b> the model was trained on \(grouped(trainedOn)) of these pictures, so that the accuracy on new ones is \
        probably lower.
        """)
    }
    if !match.missing.isEmpty { remarks.append("The data has none of \(listed(match.missing)).") }
    if !match.extra.isEmpty {
      remarks.append(
        """
        The model does not know \(listed(match.extra)): \(counted(evaluation.leftOut, "picture")) \
        \(evaluation.leftOut == 1 ? "was" : "were") left out.
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
  }

  private var sections: [ReportSection] {
    let measured = MeasuredSections(
      measurement: measurement, dataset: evaluation.dataset, classNames: evaluation.classNames, nothing: "")
    let failures = evaluation.evaluation.failures.map { ($0.name, $0.reason) }
    let filters = members.count == 1 ? FirstFilters(members[0]).map { [$0.section] } ?? [] : []
    let network = members.prefix(1).map {
      NetworkSection($0.specification, input: $0.inputShape, shapes: $0.shapes).section
    }
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
        summary.importedFrom.map { "imported from \($0)" }
          ?? "of epoch \(summary.epoch), \(counted(summary.steps, "step")), seed \(summary.seed)"
      ),
      ("Ensemble", evaluation.model.memberCount.map { "the mean of \(counted($0, "network"))" }),
      ("Trained by", "Whisker \(summary.whisker)"),
      ("Measured by", "Whisker \(Version.current), \(Machine.kernels) kernels"),
    ])
    let typed = when(!command.isEmpty, "<pre><code>\(ShellWords(command).text)</code></pre>\n")
    return ReportSection(title: "To do it again", body: typed + facts.html)
  }
}

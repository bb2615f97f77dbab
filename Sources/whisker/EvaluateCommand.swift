import ArgumentParser
import WhiskerData
import WhiskerNN
import WhiskerTensor
import WhiskerTraining

/// How results are printed: for people or for programs.
enum ReportFormat: String, Choice {
  case text
  case json
}

struct EvaluateCommand: DividedCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure a model on pictures whose classes are known.",
    usage: "whisker evaluate [<options>] <model> <data>",
    discussion: """
      MODEL is a model file, or the folder of a run, whose best model is then
      used. DATA is what whisker train takes; its pictures are prepared as the
      model's were. Classes are matched by name: what one side has and the
      other lacks is reported, and pictures of classes that the model does not
      know are left out.

      Of a data set with parts the test part is measured, else the validation
      part. Of the data set that a run was trained on, the pictures that this
      run held back are measured, where MODEL is the run's folder or a file in
      it. Of every other data set, and with --split all, everything is.

      Told are loss, accuracy, top-k accuracy, the expected calibration error
      (15 bins of the highest probability), the confusion matrix, precision,
      recall and F1 of every class with their plain and weighted averages, and
      the mistakes with the highest loss. A precision is 0 where nothing was
      taken for the class; a class that neither occurs nor is predicted is in
      no average. JSON has the same figures; of more than 1000 classes it lists
      the confusions, and leaves out the matrix.

      With --mc-samples every picture is also predicted as whisker predict
      --mc-samples does: loss, accuracy, calibration error and the
      risk-coverage curve (the accuracy of the surest pictures, the others set
      aside; the area under it, of 1 - accuracy, is better low) are told
      beside those of the one pass without dropout.

      -o and --report write through what is no regular file, such as a device
      or a FIFO, and - is standard output; what is printed then goes to
      standard error.

      Examples:
        whisker evaluate runs/train1 photos/test
        whisker evaluate runs/train1 photos
        whisker evaluate runs/train1/weights/last.safetensors mnist --format json
        whisker evaluate runs/train1 photos/test --worst 30 -o predictions.csv
        whisker evaluate runs/train1 photos/test --report report.html
      """)

  @Argument(help: "The model file, or the run's folder.", completion: .file())
  var model: String

  @Argument(help: "The pictures to measure it on.", completion: .file())
  var data: String

  @Option(
    help: ArgumentHelp(
      "The part to measure: train, val, test or all. (default: test, else val, else what the run held back, else all)",
      valueName: "part"))
  var split: PartName?

  @Option(help: ArgumentHelp("How the result is printed.", valueName: "format"))
  var format = ReportFormat.text

  @Option(
    help: ArgumentHelp(
      "Tell how often the class is among this many most probable ones. (default: 5; 2 of three to five classes; 1 of two)",
      valueName: "k"))
  var topK: Int?

  @Option(help: ArgumentHelp("Tell this many of the worst mistakes.", valueName: "count"))
  var worst = 10

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Write a CSV row for every picture: classes, loss, probabilities. (default: none)", valueName: "file"),
    completion: .file(extensions: ["csv"]))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Write a page to look at: the figures, charts, the worst mistakes and the least certain pictures. "
        + "(default: none)", valueName: "file"), completion: .file(extensions: ["html"]))
  var report: String?

  @Flag(help: "Replace the files that --output and --report name.")
  var overwrite = false

  @OptionGroup
  var sampling: SamplingOptions

  @Option(help: ArgumentHelp("What to do about a picture that cannot be read.", valueName: "policy"))
  var onError = BatchStream.ErrorPolicy.skip

  @OptionGroup(title: "Classes")
  var naming: NamingOptions

  @OptionGroup(title: "Reading")
  var reading: ReadingOptions

  @OptionGroup(title: "Computing")
  var computing: ComputingOptions

  /// How many pictures go through the network at once.
  private static let batchSize = 128

  /// As many as a person may want to read, and as memory is no matter for.
  private static let worstLimit = 10_000

  func validate() throws {
    guard report != "" else { throw ValidationError("--report names no file.") }
    guard output != "" else { throw ValidationError("--output names no file.") }
    guard output == nil || output != report else {
      throw ValidationError("--output and --report name the same file.")
    }
    guard topK ?? 1 >= 1 else { throw ValidationError("--top-k must be at least 1.") }
    try (0...Self.worstLimit).check(worst, "--worst")
  }

  func run() throws {
    let (table, page) = (outputFile(output), outputFile(report))
    try table?.check()
    try page?.check()
    let trained = try ModelOrder.model(model, for: "evaluate", before: [data])
    let source = try naming.source(data, trained.preprocessing, reading)
    let evaluated = try EvaluatedPart(
      split, of: source, named: data, model: model, lanes: reading.lanes)
    let (samples, part) = (evaluated.samples, evaluated.name)
    let match = ClassMatch(data: source.classNames, model: trained.classNames)
    guard match.labels.contains(where: { $0 != nil }) else { throw noCommonClass(trained, source) }
    let known = match.known(of: samples)
    guard known.count > 0 else { throw FileError(data, "has no pictures to measure in its \(part) part") }
    if !naming.allowEmptyClasses, !evaluated.isSplitByRun {
      try known.checkClasses(of: data, reading.lanes)
    }
    let network = try trained.classifier(
      capacity: min(Self.batchSize, known.count), pool: computing.pool
    )
    let evaluator = Evaluator(network, lanes: reading.lanes, policy: onError, job: Ranks.job)
    let file = try table.map {
      try PredictionFile($0.prepared(), dataset: known.dataset, classNames: trained.classNames)
    }
    var details = EvaluationDetails(
      topK: topK ?? EvaluationDetails.usualTopK(of: trained.classNames.count), worst: worst)
    var shown = page.map { _ in EvaluationDetails.shown(classCount: trained.classNames.count) }
    let predictor = try sampling.sampling.map { try sampler(trained, $0) }
    var sampled = sampling.sampling.map { SampledEvaluation($0) }
    var progress = ProgressCounter("Measured")
    let evaluation = try evaluator.measure(known, labels: match.labels.map { $0 ?? 0 }) { judgement in
      details.add(judgement)
      shown?.add(judgement)
      sampled?.addPlain(judgement)
      try file?.add(judgement)
      progress.draw(details.count, of: known.count)
    }
    if let predictor {
      try sampled?.measure(known, predictor, labels: match.labels.map { $0 ?? 0 }) {
        progress.draw($0, of: known.count)
      }
    }
    progress.erase()
    guard Ranks.job.isFirst else { return }
    try check(evaluation, part)
    try file?.commit()
    var result = EvaluationReport(
      model: trained, data: data, part: part, dataset: known.dataset, match: match,
      leftOut: samples.count - known.count,
      measurement: Measurement(evaluation: evaluation, details: details))
    result.sampled = sampled
    result.trainedOn = evaluated.trainedOn
    result.skippedClasses = SkippedClass.notable(evaluation.failures, in: [known])
    if let page, let shown {
      try HeldOutReport(result, shown, network, command: Terminal.command).write(to: page.prepared())
    }
    switch format {
    case .json: Terminal.print(json: try StableJSON.line(EvaluationDocument(result)))
    case .text: for line in EvaluationPage(result, columns: Terminal.width).lines { Terminal.print(line) }
    }
    try Terminal.confirm()
  }

  /// The first process writes the files of all.
  private func outputFile(_ path: String?) -> OutputFile? {
    Ranks.job.isFirst ? path.map { OutputFile($0, overwrites: overwrite) } : nil
  }

  private func sampler(_ model: Model, _ sampling: Predictor.Sampling) throws -> Predictor {
    try Predictor(
      model, threads: computing.threads ?? Ranks.cores, lanes: reading.lanes,
      maximumPixels: reading.maxPixels, allowsTruncated: reading.allowTruncated, sampling: sampling,
      job: Ranks.job)
  }

  private func check(_ evaluation: Evaluation, _ part: String) throws {
    guard evaluation.count > 0 else {
      let example = evaluation.failures.first.map { ": \($0)" } ?? ""
      throw FileError(data, "has no picture that can be read in its \(part) part\(example)")
    }
    guard evaluation.loss.isFinite else {
      throw FileError(model, "is of no use: its answers are not all numbers")
    }
  }

  private func noCommonClass(_ model: Model, _ source: DataSource) -> FileError {
    FileError(
      data,
      "has no class in common with the model: it has \(source.classNames.joined(separator: ", ")), "
        + "the model \(model.classNames.joined(separator: ", "))",
      advice: "Name its classes with --class-names")
  }
}

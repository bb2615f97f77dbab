import ArgumentParser
import WhiskerData
import WhiskerNN
import WhiskerCore
import WhiskerReport
import WhiskerTraining

/// The format of a result: for people or for programs.
enum ReportFormat: String, Choice {
  case text
  case json
}

struct EvaluateCommand: DividedCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Evaluate a model on labelled pictures.",
    usage: "whisker evaluate [<options>] <model> <data> ...",
    discussion: """
      MODEL is a model file, or a run folder, whose best model is used.
      DATA is a dataset as for whisker train; it is preprocessed as the model
      requires. A cache of features of the model's backbone is classified by the
      layers after it. Classes are matched by name. Differences are reported, and
      pictures of classes that the model does not know are excluded.

      By default, a dataset is evaluated on its test split, else on its
      validation split. The dataset that the run of MODEL was trained on is
      evaluated on the run's validation split, any other dataset as a whole.
      Pictures that the model was trained on are recognised by their contents,
      wherever they are, and counted in a note. This needs the run folder, and
      a run on picture files, not on a cache, IDX files or a table of pixels.

      The result has loss, accuracy, top-k accuracy, the expected calibration
      error (ECE, 15 bins), the confusion matrix, precision, recall and F1 of
      each class with macro and weighted averages, and the mistakes with the
      highest loss. The precision of a class that is never predicted is 0.
      Classes that neither occur nor are predicted do not count in averages.
      Above 1,000 classes, JSON lists the confusions and omits the matrix.
      Loss, probabilities and ECE are those of the network; the ECE and the loss
      with the temperature of the model file, as predict applies it, are
      reported besides.

      With --mc-samples, loss, accuracy, ECE and the risk-coverage curve are
      reported with and without Monte-Carlo dropout. The curve is the accuracy
      on the most confident fraction of the pictures; the area under the risk,
      1 - accuracy, is better when smaller.

      --output and --report also write to devices and FIFOs, and to standard
      output as -; messages then go to standard error.

      Examples:
        whisker evaluate runs/train1 photos/test
        whisker evaluate runs/train1 photos
        whisker evaluate runs/train1/weights/last.safetensors mnist --format json
        whisker evaluate runs/train1 photos/test --worst 30 -o predictions.csv
        whisker evaluate runs/train1 photos/test --report report.html
        whisker evaluate runs/train1 photos/test --tta flip
      """)

  @Argument(help: "Model file, or run folder.", completion: .file())
  var model: String

  @Argument(
    help: ArgumentHelp("Dataset to evaluate on; several are joined.", valueName: "data"), completion: .file())
  var paths: [String]

  @Option(
    help: ArgumentHelp(
      "Split: train, val, test or all. (default: test, else val, else the run's validation split, else all)",
      valueName: "split"))
  var split: SplitOption?

  @Option(help: ArgumentHelp("Output format.", valueName: "format"))
  var format = ReportFormat.text

  @Option(
    help: ArgumentHelp(
      "k of the top-k accuracy. (default: 5; 2 for three to five classes, 1 for two)", valueName: "k"))
  var topK: Int?

  @Option(help: ArgumentHelp("Number of mistakes to list.", valueName: "count"))
  var worst = 10

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "CSV file with one row per picture: classes, loss, probabilities. (default: none)", valueName: "file"),
    completion: .file(extensions: ["csv"]))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "HTML report with metrics, charts, the worst mistakes and the least certain pictures. (default: none)",
      valueName: "file"), completion: .file(extensions: ["html"]))
  var report: String?

  @Flag(help: "Replace existing output files.")
  var overwrite = false

  @OptionGroup
  var sampling: SamplingOptions

  @Option(help: ArgumentHelp("Skip unreadable pictures, or fail.", valueName: "policy"))
  var onError = BatchStream.ErrorPolicy.skip

  @OptionGroup(title: "Classes")
  var naming: NamingOptions

  @OptionGroup(title: "Reading")
  var reading: ReadingOptions

  @OptionGroup(title: "Computing")
  var computing: ComputingOptions

  private static let batchSize = 128
  /// Of large pictures a batch holds fewer, down to a block of the network's.
  private static let batchBytes = 4 << 20
  private static let smallestBatch = 16

  /// Keeps the memory for the mistakes small.
  private static let worstLimit = 10_000

  func validate() throws {
    guard report != "" else { throw ValidationError("--report must name a file.") }
    guard output != "" else { throw ValidationError("--output must name a file.") }
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
    let files = [table, page].compactMap(\.self)
    for file in files {
      for path in paths { try file.check(isOutside: path) }
      try file.checkHoldsNoPicture()
    }
    var trained = try firstModel(model, of: "evaluate", before: paths)
    for file in files { try file.check(isNot: trained.path) }
    trained.testTimeAugmentation = sampling.tta
    let source = try naming.source(paths, preprocessing(trained), reading)
    let evaluated = try EvaluatedSplit(
      split?.selection ?? .usual, of: source, named: data, model: model, readAhead: reading.readAhead)
    let (samples, part) = (evaluated.samples, evaluated.name)
    let match = ClassMatch(data: source.classNames, model: trained.classNames)
    try match.checkOverlap(with: data)
    let known = match.known(of: samples)
    guard known.count > 0 else { throw FileError(data, "has no picture to evaluate on in split \(part)") }
    if !naming.allowEmptyClasses, !evaluated.isSplitByRun {
      try known.checkClasses(of: data, reading.readAhead)
    }
    let network = try trained.classifier(
      of: source.preprocessing, capacity: min(Self.batchSize(of: source.preprocessing), known.count),
      pool: computing.pool)
    let evaluator = Evaluator(
      network, readAhead: reading.readAhead, policy: onError, communicator: ProcessGroup.communicator)
    let file = try table.map {
      try PredictionFile($0.prepared(), dataset: known.dataset, classNames: trained.classNames)
    }
    var details = EvaluationDetails(
      topK: topK ?? EvaluationDetails.usualTopK(of: trained.classNames.count), worst: worst,
      temperature: trained.temperature?.temperature)
    var shown = page.map { _ in
      EvaluationDetails.shown(
        classCount: trained.classNames.count, temperature: trained.temperature?.temperature)
    }
    let predictor = try sampling.sampling.map { try sampler(trained, $0) }
    var sampled = sampling.sampling.map { SampledEvaluation($0) }
    var progress = ProgressCounter("Measured")
    let evaluation = try evaluator.measure(known, labels: match.labels.map { $0 ?? 0 }) { result in
      details.add(result)
      shown?.add(result)
      sampled?.addPlain(result)
      try file?.add(result)
      progress.draw(details.count, of: known.count)
    }
    if let predictor {
      try sampled?.measure(known, predictor, labels: match.labels.map { $0 ?? 0 }) {
        progress.draw($0, of: known.count)
      }
    }
    progress.erase()
    guard ProcessGroup.communicator.isFirst else { return }
    try check(evaluation, part)
    try file?.commit()
    var report = EvaluationReport(
      model: trained, data: data, part: part, dataset: known.dataset, match: match,
      leftOut: samples.count - known.count,
      measurement: EvaluationResult(evaluation: evaluation, details: details))
    report.sampled = sampled
    report.trainedOn = evaluated.trainedOn(known, readAhead: reading.readAhead)
    report.skippedClasses = SkippedClass.notable(evaluation.failures, in: [known])
    if let page, let shown {
      try HeldOutReport(report, shown, network, command: Arguments.command, settingName: \.flag)
        .write(to: page.prepared())
    }
    switch format {
    case .json: Terminal.print(json: try StableJSON.line(EvaluationDocument(report)))
    case .text: for line in EvaluationPage(report, columns: Terminal.width).lines { Terminal.print(line) }
    }
    try Terminal.confirm()
  }

  /// The paths of the data, for messages.
  private var data: String { paths.joined(separator: ", ") }

  /// The preprocessing of the data: the model's, or for a cache of features that of the cache.
  /// - Throws: `ValidationError` for an option that needs pictures.
  private func preprocessing(_ model: Model) throws -> Preprocessing {
    guard let cached = try DataSource.cachedPreprocessing(at: paths[0]), cached.features != nil else {
      return model.preprocessing
    }
    for (option, isSet) in [("--tta", sampling.tta != nil), ("--mc-samples", sampling.sampling != nil)]
    where isSet {
      throw ValidationError("\(option) needs pictures, and \(data) holds features.")
    }
    return cached
  }

  private static func batchSize(of preprocessing: Preprocessing) -> Int {
    min(batchSize, max(smallestBatch, batchBytes / preprocessing.sampleSize))
  }

  /// The output file in the first process, nil in others.
  private func outputFile(_ path: String?) -> OutputFile? {
    ProcessGroup.communicator.isFirst ? path.map { OutputFile($0, overwrites: overwrite) } : nil
  }

  private func sampler(_ model: Model, _ sampling: Predictor.Sampling) throws -> Predictor {
    try Predictor(
      model, threads: computing.threads ?? ProcessGroup.cores, readAhead: reading.readAhead,
      maximumPixels: reading.maxPixels, allowsTruncated: reading.allowTruncated, sampling: sampling,
      communicator: ProcessGroup.communicator)
  }

  private func check(_ evaluation: Evaluation, _ part: String) throws {
    guard evaluation.count > 0 else {
      let example = evaluation.failures.first.map { ": \($0.text)" as ErrorText } ?? ""
      throw FileError(data, "has no readable picture in split \(part)\(example)")
    }
    guard evaluation.loss.isFinite else {
      throw FileError(model, "is damaged: its predictions contain NaN or infinity")
    }
  }
}

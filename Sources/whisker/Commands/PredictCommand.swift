import ArgumentParser
import WhiskerData
import WhiskerNN
import WhiskerCore
import WhiskerTraining

struct PredictCommand: DividedCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Classify pictures.",
    usage: "whisker predict [<options>] <model> <path> ...",
    discussion: """
      MODEL is a model file, or a run folder, whose best model is used.
      A PATH is a picture, a folder of pictures, a quoted pattern such as
      'photos/*.jpg', a list (CSV, TSV or JSON Lines with a column path), a table
      of pixels, a tensor cache, or - for a list of pictures and folders on
      standard input, one path per line. The pictures of a folder follow the
      byte order of their names. Predictions are printed as soon as they are
      known, also while the list is still being written. An unreadable picture
      gets a row with the error; the exit status is then 1.

      Text is a table of path, probability and class; --top-k adds classes.
      CSV has the columns path, label, probability, the probability of each
      class, error; with --top-k it has label_2, probability_2 and so on instead
      of all classes. A class named like another column gets " (class)" appended.
      JSON has one object per line (jsonl is the same): path, label, probability,
      and probabilities by class, or with --top-k a list top.

      Below --threshold the model abstains: the label is empty in CSV, omitted
      in JSON, where abstained is true, and "abstained (class)" in text.

      With --mc-samples, the network runs this many times with dropout on
      (Monte-Carlo dropout; Gal and Ghahramani, 2016). The result is the mean
      probability with its standard deviation, the entropy of the mean, and the
      mutual information, both in nats. It depends on the seed and the picture
      alone, not on the other pictures.

      Examples:
        whisker predict runs/train1 holiday/*.jpg
        whisker predict runs/train1 holiday --format csv > holiday.csv
        find / -name '*.jpg' -print0 | whisker predict runs/train1 - --null
        whisker predict runs/train1 holiday --mc-samples 50 --threshold 0.8
      """)

  @Argument(help: "Model file, or run folder.", completion: .file())
  var model: String

  @Argument(
    help: ArgumentHelp(
      "Pictures, folders, archives, patterns, lists, tables of pixels, tensor caches, or - for a list on standard input.",
      valueName: "path"),
    completion: .file())
  var paths: [String]

  @Option(help: ArgumentHelp("Output format.", valueName: "format"))
  var format = AnswerFormat.text

  @Option(
    help: ArgumentHelp(
      "Number of classes per picture, most probable first. (default: 1 in text, all in CSV and JSON)",
      valueName: "k"))
  var topK: Int?

  @Option(help: ArgumentHelp("Abstain below this probability, from 0 to 1.", valueName: "probability"))
  var threshold = 0.0

  @OptionGroup
  var sampling: SamplingOptions

  @OptionGroup
  var listing: ListingOptions

  @OptionGroup(title: "Reading")
  var reading: ReadingOptions

  @OptionGroup(title: "Computing")
  var computing: ComputingOptions

  func validate() throws {
    guard topK ?? 1 >= 1 else { throw ValidationError("--top-k must be at least 1.") }
    guard (0...1).contains(threshold) else { throw ValidationError("--threshold must be from 0 to 1.") }
    try listing.check(paths)
  }

  func run() throws {
    var trained = try firstModel(model, of: "predict", before: paths)
    trained.testTimeAugmentation = sampling.tta
    let inputs = try inputs(trained.preprocessing)
    let predictor = try Predictor(
      trained, threads: computing.threads ?? ProcessGroup.cores, readAhead: reading.readAhead,
      maximumPixels: reading.maxPixels, allowsTruncated: reading.allowTruncated,
      sampling: sampling.sampling, communicator: ProcessGroup.communicator)
    var printer = AnswerPrinter(
      format: format, classNames: trained.classNames, topK: topK, threshold: threshold,
      printsUncertainty: sampling.sampling != nil)
    var (printed, failed) = (0, 0)
    func print(_ answer: Predictor.Answer) throws {
      if case .failure = answer.result { failed += 1 }
      printed += 1
      try printer.print(answer)
    }
    for input in inputs {
      switch input {
      case .pictures(let pictures):
        try predictor.predict(pictures) {
          printer.widen(to: pictures.width)
          try print($0)
        }
      case .refused(let errors):
        guard ProcessGroup.communicator.isFirst else { continue }
        for error in errors { try print(Predictor.Answer(path: error.path, result: .failure(error))) }
      case .samples(let dataset):
        printer.widen(to: (0..<min(dataset.count, 1000)).map { dataset.name(at: $0).count }.max() ?? 0)
        try predictor.predict(dataset, print)
      }
    }
    try Terminal.confirm()
    // All processes exit with the same status.
    let counts = ProcessGroup.communicator.sum([Double(printed), Double(failed)])
    let named = paths.map { $0 == PictureStream.standardInput ? "standard input" : $0 }
    guard counts[0] > 0 else { throw FileError(named.joined(separator: ", "), "contains no pictures") }
    ProcessGroup.leave()
    guard counts[1] == 0 else { throw ExitCode(1) }
  }

  /// The inputs in the order of the paths; consecutive pictures share batches.
  private func inputs(_ preprocessing: Preprocessing) throws -> [Input] {
    var inputs: [Input] = []
    var pictures: [String] = []
    func flush() throws {
      guard !pictures.isEmpty else { return }
      inputs.append(.pictures(try listing.pictures(pictures, areAmongOthers: paths.count > 1)))
      pictures = []
    }
    for path in paths {
      // An unreadable path becomes a row with an error.
      guard path != PictureStream.standardInput, Self.holdsSamples(path) else {
        pictures.append(path)
        continue
      }
      try flush()
      var options = DataSource.Options()
      options.acceptsUnlabelled = true
      (options.maximumPixels, options.allowsTruncated) = (reading.maxPixels, reading.allowTruncated)
      let source = try DataSource.open(path, preprocessing, options: options)
      for note in source.notes { Terminal.warn("\(source.path): \(note)") }
      inputs.append(.refused(source.refused))
      inputs += DataSource.Split.allCases.compactMap { source.splits[$0].map(Input.samples) }
    }
    try flush()
    return inputs
  }

  /// Whether a path holds samples of a dataset rather than pictures: a cache, shards with labels, or a table of pixels.
  private static func holdsSamples(_ path: String) -> Bool {
    if (try? DataSource.holdsCache(path) || DataSource.holdsLabelFiles(path)) == true { return true }
    return (try? DataSource.holdsPixels(path)) == true
  }

  private enum Input {
    case pictures(PictureStream)
    case samples(any Dataset)
    /// Entries of an archive that must not be opened, and damage.
    case refused([FileError])
  }
}

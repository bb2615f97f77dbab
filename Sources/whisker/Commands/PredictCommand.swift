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

      Probabilities are calibrated: the model file holds a temperature, fitted on
      the validation pictures of its training (Guo et al., 2017). --raw prints
      those of the network. The order of the classes is the same. Files without
      a temperature, and --mc-samples, give raw probabilities.

      Below --threshold the model abstains: the label is empty in CSV, omitted
      in JSON, where abstained is true, and "abstained (class)" in text. With
      auto, it is the lowest threshold at which 95 % of the answers were correct
      on the validation pictures, as the model file records it.

      With --mc-samples, the network runs this many times with dropout on
      (Monte-Carlo dropout; Gal and Ghahramani, 2016). The result is the mean
      probability with its standard deviation, the entropy of the mean, and the
      mutual information, both in nats. It depends on the seed and the picture
      alone, not on the other pictures.

      Examples:
        whisker predict runs/train1 holiday/*.jpg
        whisker predict runs/train1 holiday --format csv > holiday.csv
        find / -name '*.jpg' -print0 | whisker predict runs/train1 - --null
        whisker predict runs/train1 holiday --threshold auto
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

  @Option(
    help: ArgumentHelp(
      "Abstain below this probability, from 0 to 1; auto: that of the model file for 95 % of correct answers. (default: 0)",
      valueName: "probability"))
  var threshold: ThresholdValue?

  @Flag(help: "Print the probabilities of the network, without the temperature of the model file.")
  var raw = false

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
    try threshold?.check(with: uncalibrated)
    try listing.check(paths)
  }

  /// The option with which the temperature and the threshold of the model do not apply, or were not fitted; nil for none.
  private var uncalibrated: String? {
    raw ? "--raw" : sampling.sampling != nil ? "--mc-samples" : sampling.tta != nil ? "--tta" : nil
  }

  func run() throws {
    var trained = try firstModel(model, of: "predict", before: paths)
    trained.testTimeAugmentation = sampling.tta
    if raw { trained.temperature = nil }
    let threshold = try threshold?.probability(for: trained) ?? 0
    let inputs = try listing.inputs(paths, trained.preprocessing, reading)
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
    guard counts[0] > 0 else { throw FileError(ListingOptions.named(paths), "contains no pictures") }
    ProcessGroup.leave()
    guard counts[1] == 0 else { throw ExitCode(1) }
  }
}

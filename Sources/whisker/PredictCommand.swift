import ArgumentParser
import WhiskerData
import WhiskerNN
import WhiskerTensor
import WhiskerTraining

struct PredictCommand: DividedCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Tell the class of pictures.",
    usage: "whisker predict [<options>] <model> <path> ...",
    discussion: """
      MODEL is a model file, or the folder of a run, whose best model is then
      used. A PATH is a picture, a folder whose pictures are all told in the
      byte order of their names, a quoted pattern such as 'photos/*.jpg', a
      tensor cache (whisker preprocess), or - for a list of pictures and
      folders on standard input, a path per line. Answers come as soon as they
      are known, also where the list is still being written. A picture that
      cannot be read gets a row that says so, the others are told all the
      same, and the exit status is 1.

      Text is a table of path, probability and class; --top-k adds more
      classes to the row. CSV has the columns path, label, probability, the
      probability of every class, error; with --top-k there are label_2,
      probability_2 and so on in place of all classes. A class that is
      called as another column has " (class)" behind its name there. JSON is an object per
      line (jsonl is the same): path, label, probability, and probabilities by
      class, or with --top-k a list top. Below --threshold the label is empty
      in CSV, left out in JSON, where abstained is then true, and "abstained"
      with the class in parentheses in text.

      With --mc-samples the network runs as often with dropout on (Monte-Carlo
      dropout; Gal and Ghahramani, 2016). Told are the mean probability and
      its standard deviation, the entropy of the mean, and the mutual
      information, the part of it that the passes disagree about, both in
      nats. The answer depends on the seed and the picture alone, not on what
      else is predicted.

      Examples:
        whisker predict runs/train1 holiday/*.jpg
        whisker predict runs/train1 holiday --format csv > holiday.csv
        find / -name '*.jpg' -print0 | whisker predict runs/train1 - --null
        whisker predict runs/train1 holiday --mc-samples 50 --threshold 0.8
      """)

  @Argument(help: "The model file, or the run's folder.", completion: .file())
  var model: String

  @Argument(
    help: ArgumentHelp(
      "Pictures, folders of pictures, patterns, or - for a list on standard input.", valueName: "path"),
    completion: .file())
  var paths: [String]

  @Option(help: ArgumentHelp("How the answers are printed.", valueName: "format"))
  var format = AnswerFormat.text

  @Option(
    help: ArgumentHelp(
      "Tell this many of the most probable classes. (default: 1 in text, all elsewhere)", valueName: "k"))
  var topK: Int?

  @Option(help: ArgumentHelp("Tell no class whose probability is lower, 0 to 1.", valueName: "probability"))
  var threshold = 0.0

  @OptionGroup
  var sampling: SamplingOptions

  @Flag(name: [.customShort("0"), .long], help: "The paths on standard input end with zero bytes.")
  var null = false

  @Flag(help: "Follow symbolic links in folders; without it they are told and not opened.")
  var followLinks = false

  @OptionGroup(title: "Reading")
  var reading: ReadingOptions

  @OptionGroup(title: "Computing")
  var computing: ComputingOptions

  func validate() throws {
    guard topK ?? 1 >= 1 else { throw ValidationError("--top-k must be at least 1.") }
    guard (0...1).contains(threshold) else { throw ValidationError("--threshold must be from 0 to 1.") }
    guard !null || paths.contains(PictureStream.standardInput) else {
      throw ValidationError("--null goes with -, a list of paths on standard input.")
    }
  }

  func run() throws {
    let trained = try ModelOrder.model(model, for: "predict", before: paths)
    let inputs = try inputs(trained.preprocessing)
    let predictor = try Predictor(
      trained, threads: computing.threads ?? Ranks.cores, lanes: reading.lanes,
      maximumPixels: reading.maxPixels, allowsTruncated: reading.allowTruncated,
      sampling: sampling.sampling, job: Ranks.job)
    var printer = AnswerPrinter(
      format: format, classNames: trained.classNames, topK: topK, threshold: threshold,
      tellsUncertainty: sampling.sampling != nil)
    var (told, failed) = (0, 0)
    func tell(_ answer: Predictor.Answer) throws {
      if case .failure = answer.result { failed += 1 }
      told += 1
      try printer.print(answer)
    }
    for input in inputs {
      switch input {
      case .pictures(let pictures):
        try predictor.predict(pictures) {
          printer.widen(to: pictures.width)
          try tell($0)
        }
      case .samples(let dataset):
        printer.widen(to: (0..<min(dataset.count, 1000)).map { dataset.name(at: $0).count }.max() ?? 0)
        try predictor.predict(dataset, tell)
      }
    }
    try Terminal.confirm()
    // The first process knows what came of it; all of them end in the same way.
    let counts = Ranks.job.sum([Double(told), Double(failed)])
    let named = paths.map { $0 == PictureStream.standardInput ? "standard input" : $0 }
    guard counts[0] > 0 else { throw FileError(named.joined(separator: ", "), "holds no files") }
    Ranks.leave()
    guard counts[1] == 0 else { throw ExitCode(1) }
  }

  /// What is predicted, in the order of the paths; pictures that follow each other go through the network together.
  private func inputs(_ preprocessing: Preprocessing) throws -> [Input] {
    var inputs: [Input] = []
    var pictures: [String] = []
    func flush() {
      guard !pictures.isEmpty else { return }
      let separator = null ? 0 : UInt8(ascii: "\n")
      inputs.append(.pictures(PictureStream(pictures, separator: separator, followsLinks: followLinks)))
      pictures = []
    }
    for path in paths {
      // What cannot be read is told in its row.
      guard path != PictureStream.standardInput, (try? DataSource.holdsCache(path)) == true else {
        pictures.append(path)
        continue
      }
      flush()
      let source = try DataSource.open(path, preprocessing)
      inputs += DataSource.Part.allCases.compactMap { source.parts[$0].map(Input.samples) }
    }
    flush()
    return inputs
  }

  private enum Input {
    case pictures(PictureStream)
    case samples(any Dataset)
  }
}

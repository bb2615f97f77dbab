import ArgumentParser
import WhiskerData
import WhiskerNN
import WhiskerTensor
import WhiskerTraining

struct PredictCommand: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text
    case csv
    case json
  }

  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Tell the class of pictures.",
    usage: "whisker predict [<options>] <model> <path> ...",
    discussion: """
      MODEL is a model file, or the folder of a run, whose best model is then
      used. A PATH is a picture, a folder whose pictures are all told, in the
      order of their names, or a tensor cache (whisker preprocess). A picture that cannot be read gets a row that
      says so, the others are told all the same, and the exit status is 1.

      Text is a table of path, probability and class. CSV adds the probability
      of every class and an error column; JSON is an object per line.

      Examples:
        whisker predict runs/train1 holiday/*.jpg
        whisker predict runs/train1 holiday --format csv > holiday.csv
      """)

  @Argument(help: "The model file, or the run's folder.")
  var model: String

  @Argument(help: ArgumentHelp("Pictures, or folders of pictures.", valueName: "path"))
  var paths: [String]

  @Option(help: ArgumentHelp("How the answers are printed.", valueName: "format"))
  var format = Format.text

  @Flag(help: "Follow symbolic links in folders; without it they are told and not opened.")
  var followLinks = false

  @OptionGroup(title: "Reading")
  var reading: ReadingOptions

  @OptionGroup(title: "Computing")
  var computing: ComputingOptions

  func run() throws {
    let trained = try Model(model)
    let inputs = try inputs(trained.preprocessing)
    guard !inputs.allSatisfy(\.isEmpty) else {
      throw FileError(paths.joined(separator: ", "), "holds no files")
    }
    let predictor = try Predictor(
      trained, threads: computing.threads ?? Machine.cores, lanes: reading.lanes,
      maximumPixels: reading.maxPixels, allowsTruncated: reading.allowTruncated)
    let printer = AnswerPrinter(
      format: format, classNames: trained.classNames, pathWidth: inputs.map(\.nameWidth).max() ?? 0)
    printer.begin()
    var failed = 0
    func tell(_ answer: Predictor.Answer) throws {
      if case .failure = answer.result { failed += 1 }
      try printer.print(answer)
    }
    for input in inputs {
      switch input {
      case .pictures(let pictures): try predictor.predict(pictures, tell)
      case .samples(let dataset): try predictor.predict(dataset, tell)
      }
    }
    try Terminal.confirm()
    guard failed == 0 else { throw ExitCode(1) }
  }

  /// What is predicted, in the order of the paths; pictures that follow each other go through the network together.
  private func inputs(_ preprocessing: Preprocessing) throws -> [Input] {
    var inputs: [Input] = []
    var pictures: [PictureFile] = []
    for path in paths {
      // What cannot be read is told in its row.
      guard (try? DataSource.holdsCache(path)) == true else {
        pictures += try PictureFile.find(path, followsLinks: followLinks)
        continue
      }
      let source = try DataSource.open(path, preprocessing)
      inputs +=
        [.pictures(pictures)]
        + DataSource.Part.allCases.compactMap { source.parts[$0].map(Input.samples) }
      pictures = []
    }
    return inputs + [.pictures(pictures)]
  }

  private enum Input {
    case pictures([PictureFile])
    case samples(any Dataset)

    var isEmpty: Bool { count == 0 }

    var count: Int {
      switch self {
      case .pictures(let pictures): pictures.count
      case .samples(let dataset): dataset.count
      }
    }

    /// The width of the names, judged by the first of them where there are many.
    var nameWidth: Int {
      let judged = 0..<min(count, 1000)
      switch self {
      case .pictures(let pictures): return judged.map { pictures[$0].name.count }.max() ?? 0
      case .samples(let dataset): return judged.map { dataset.name(at: $0).count }.max() ?? 0
      }
    }
  }
}

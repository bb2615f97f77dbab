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
      used. A PATH is a picture, or a folder whose pictures are all told, in
      the order of their names. A picture that cannot be read gets a row that
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
    let pictures = try paths.flatMap { try PictureFile.find($0, followsLinks: followLinks) }
    guard !pictures.isEmpty else { throw FileError(paths.joined(separator: ", "), "holds no files") }
    let predictor = try Predictor(
      trained, threads: computing.threads ?? Machine.cores, lanes: reading.lanes,
      maximumPixels: reading.maxPixels, allowsTruncated: reading.allowTruncated)
    let printer = AnswerPrinter(
      format: format, classNames: trained.classNames, pathWidth: pictures.map(\.name.count).max() ?? 0)
    printer.begin()
    var failed = 0
    try predictor.predict(pictures) { answer in
      if case .failure = answer.result { failed += 1 }
      try printer.print(answer)
    }
    try Terminal.confirm()
    guard failed == 0 else { throw ExitCode(1) }
  }
}

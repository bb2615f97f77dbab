import ArgumentParser
import WhiskerCore
import WhiskerData
import WhiskerTraining

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Draw which parts of pictures speak for a class.",
    usage: "whisker explain [<options>] <model> <path> ... --output <folder>",
    discussion: """
      Computes heat maps by Grad-CAM (Selvaraju et al., 2017): the output of the
      last layer before a global pool or a flatten layer, weighted by the mean
      gradient of the class's value before softmax; negative values are set to
      0, and the others scaled to a maximum of 1. Each picture gets a PNG file, the
      picture in gray under its map, from dark (nothing) to bright (most). The
      folder also gets index.html, which shows the first 100 pictures, and
      heatmaps.jsonl, with one object per line: path, image, label, probability,
      class, class_probability, height, width, and values row by row.

      A map shows where the network looks, as coarsely as the layer's output; not
      what it sees there, and not whether it is right. The map of an ensemble is
      the mean of its members' maps.

      A PATH is what whisker predict accepts, and predictions are printed as it
      prints them. An unreadable picture gets a row with the error; the exit
      status is then 1. After Ctrl-C, the folder holds what was explained before.

      Examples:
        whisker explain runs/train1 holiday/*.jpg -o maps
        whisker explain runs/train1 holiday --class dog -o dogs
      """)

  @Argument(help: "Model file, or run folder.", completion: .file())
  var model: String

  @Argument(
    help: ArgumentHelp(
      "Pictures, folders, archives, patterns, lists, tables of pixels, tensor caches, or - for a list on standard input.",
      valueName: "path"),
    completion: .file())
  var paths: [String]

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Folder for the pictures, heatmaps.jsonl and index.html.", valueName: "folder"),
    completion: .directory)
  var output: String

  @Flag(help: "Replace existing files in the output folder.")
  var overwrite = false

  @Option(
    name: .customLong("class"),
    help: ArgumentHelp(
      "Class whose parts are shown. (default: the predicted class of each picture)", valueName: "name"))
  var className: String?

  @Option(
    help: ArgumentHelp(
      "Layer whose output is weighted, by its index from 0, or by its path inside a residual block, such as 3.body.2. "
        + "(default: the last one whose output is a map)", valueName: "path"))
  var layer: String?

  @OptionGroup
  var listing: ListingOptions

  @OptionGroup(title: "Reading")
  var reading: ReadingOptions

  @OptionGroup(title: "Computing")
  var computing: ComputingOptions

  func validate() throws {
    guard output != "" else { throw ValidationError("--output must name a folder.") }
    try listing.check(paths)
  }

  func run() throws {
    let files = ExplanationFiles(folder: output, overwrites: overwrite)
    try files.check(isOutside: paths)
    let trained = try firstModel(model, of: "explain", before: paths)
    let label = try className.map { try Self.label(of: $0, among: trained.classNames) }
    let heatMaps = try HeatMaps(trained, layer: layer, pool: computing.pool)
    let inputs = try listing.inputs(paths, trained.preprocessing, reading)
    let predictor = try Predictor(
      trained, threads: computing.pool.threads, readAhead: reading.readAhead,
      maximumPixels: reading.maxPixels, allowsTruncated: reading.allowTruncated)
    let explainer = Explainer(heatMaps, predictor, label: label)
    let writer = try ExplanationFiles.Writer(files, trained, heatMaps, label: label)
    var printer = AnswerPrinter(
      format: .text, classNames: trained.classNames, topK: nil, threshold: 0, printsUncertainty: false)
    func add(_ answer: Explainer.Answer) throws {
      try writer.add(answer)
      try printer.print(.init(path: answer.path, result: answer.result.map(\.prediction)))
      try Terminal.confirm()
    }
    let shouldStop = { Interruption.isWished }
    var isStopped = false
    Interruption.listen()
    do {
      for input in inputs {
        switch input {
        case .pictures(let pictures):
          try explainer.explain(pictures, shouldStop: shouldStop) {
            printer.widen(to: pictures.width)
            try files.check(holdsNot: $0.path)
            try add($0)
          }
        case .refused(let errors):
          for error in errors { try add(.init(path: error.path, result: .failure(error))) }
        case .samples(let dataset):
          printer.widen(to: (0..<min(dataset.count, 1000)).map { dataset.name(at: $0).count }.max() ?? 0)
          try explainer.explain(dataset, shouldStop: shouldStop, add)
        }
      }
    } catch is CancellationError {
      isStopped = true
    } catch {
      // The files of the pictures before it get their page.
      try? writer.commit(isPartial: true)
      throw error
    }
    guard isStopped || writer.count > 0 else {
      throw FileError(ListingOptions.named(paths), "contains no pictures")
    }
    try writer.commit(isPartial: isStopped)
    if writer.count > 0 {
      Terminal.print(
        paragraph:
          "Wrote     \(output): \(counted(writer.count - writer.failed, "heat map")) as PNG files, heatmaps.jsonl, index.html"
      )
    }
    try Terminal.confirm()
    guard !isStopped else {
      Terminal.warn("Stopped by a signal before all pictures were explained")
      throw ExitCode(Interruption.exitStatus)
    }
    guard writer.failed == 0 else { throw ExitCode(1) }
  }

  /// - Throws: `ValidationError` for a class that the model does not have.
  private static func label(of name: String, among names: [String]) throws -> Int {
    if let label = names.firstIndex(of: name) { return label }
    let meant = nearestName(to: name, among: names).map { "; did you mean \"\($0)\"?" }
    throw ValidationError(
      "--class: the model has no class \"\(name)\"\(meant ?? "; whisker inspect lists its classes.")")
  }
}

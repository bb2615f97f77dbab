import ArgumentParser
import WhiskerCore
import WhiskerData
import WhiskerTraining

struct EmbedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed",
    abstract: "Write the features of pictures.",
    usage: "whisker embed [<options>] <model> <path> ... --output <file>",
    discussion: """
      Features are the values after the first layer of the model that makes a
      vector, such as a global pool: what whisker train --backbone trains on.
      They suit search for similar pictures, clustering and other classifiers.

      A PATH is a picture, a folder of pictures, a quoted pattern such as
      'photos/*.jpg', or - for a list of pictures and folders on standard input,
      one path per line. An unreadable picture is listed and left out; the exit
      status is then 1.

      A .safetensors file has the tensors features, F32 [N, F], and paths, U8,
      each path terminated by NUL. A .csv file has the columns path, f0, f1 and
      so on.

      Examples:
        whisker embed backbone.safetensors photos -o features.safetensors
        whisker embed runs/train1 'photos/*.jpg' -o features.csv
      """)

  @Argument(help: "Model file, or run folder.", completion: .file())
  var model: String

  @Argument(
    help: ArgumentHelp(
      "Pictures, folders, patterns, lists, or - for a list on standard input.", valueName: "path"),
    completion: .file())
  var paths: [String]

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Output file, ending in .safetensors or .csv.", valueName: "file"),
    completion: .file(extensions: ["safetensors", "csv"]))
  var output: String

  @Flag(help: "Replace an existing output file.")
  var overwrite = false

  @OptionGroup
  var listing: ListingOptions

  @OptionGroup(title: "Reading")
  var reading: ReadingOptions

  func validate() throws {
    guard isTable || output.hasSuffix(".safetensors") else {
      throw ValidationError("--output must end in .safetensors or .csv.")
    }
    try listing.check(paths)
  }

  private var isTable: Bool { output.hasSuffix(".csv") }

  func run() throws {
    let place = OutputFile(output, overwrites: overwrite)
    try place.check()
    let named = try firstModel(model, of: "embed", before: paths)
    for source in paths + [named.path] { try place.check(isNot: source) }
    try place.checkHoldsNoPicture()
    let backbone = try Backbone(model).checked()
    let embedder = Embedder(
      backbone, readAhead: reading.readAhead, maximumPixels: reading.maxPixels,
      allowsTruncated: reading.allowTruncated)
    let path = try place.prepared()
    let file: any FeatureFile =
      isTable ? try FeatureTable(path, count: backbone.origin.count) : try FeatureTensors(path, backbone)
    let pictures = try listing.pictures(paths)
    var (rows, failed, failures) = (0, 0, [SampleFailure]())
    let (total, start) = (listing.count(paths), ContinuousClock.now)
    var bar = ReadingBar("Features")
    try embedder.embed(pictures) { answer in
      bar.draw(rows + failed, of: total, since: start)
      switch answer.result {
      case .success(let features):
        try file.add(answer.path, features)
        rows += 1
      case .failure(let error):
        failed += 1
        if failures.count < FailureList.shown { failures.append(SampleFailure(error, name: answer.path)) }
      }
    }
    bar.erase()
    FailureList(failures, count: failed).warn()
    guard rows > 0 else {
      throw FileError(paths.joined(separator: ", "), "contains no pictures that can be read")
    }
    try file.commit()
    Terminal.print(
      paragraph:
        "Wrote     \(output): \(counted(rows, "row")) of \(counted(backbone.origin.count, "feature"))")
    try Terminal.confirm()
    guard failed == 0 else { throw ExitCode(1) }
  }
}

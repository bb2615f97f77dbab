import ArgumentParser
import WhiskerInterchange
import WhiskerCore
import WhiskerTraining

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Convert a model to \(ExportFormat.all.map(\.title).joined(separator: " or ")).",
    usage: "whisker export [<options>] <model> --output <file>",
    discussion: """
      Formats:

      \(ExportFormat.all.map(\.help).joined(separator: "\n\n"))

      Normalisation, the temperature of the probabilities (see whisker predict)
      and softmax are part of the exported model, dropout is not. The metadata
      contains class_names, preprocessing, network and training as JSON, the
      calibration if the model has one, and tta if that option is used.

      PyTorch needs no export: a model file is a safetensors file with the
      names and shapes of nn.Sequential.

      With -o - the model is written to standard output and messages to
      standard error; this requires --format.

      Examples:
        whisker export runs/train1 -o cats.onnx
        whisker export cats.safetensors -o Cats.mlmodel
        whisker export runs/train1 -o cats.onnx --tta flip
      """)

  private static let endings = ExportFormat.all.map(\.pathExtension)

  @Argument(help: "Model file, or run folder.", completion: .file())
  var model: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Output file, or - for standard output.", valueName: "file"),
    completion: .file(extensions: endings.map { String($0.dropFirst()) }))
  var output: String

  @Option(
    help: ArgumentHelp("Output format. (default: by the ending of the output file)", valueName: "name"))
  var format: ExportFormat?

  @Option(
    help: ArgumentHelp(
      "Test-time augmentation in the exported model: flip averages the probabilities of each picture and its mirror "
        + "image, which takes twice as long, and a Core ML file becomes twice as large. (default: off)",
      valueName: "kind"))
  var tta: TestTimeAugmentation?

  @Flag(help: "Export the probabilities of the network, without the temperature of the model file.")
  var raw = false

  @Flag(help: "Replace an existing file.")
  var overwrite = false

  func validate() throws {
    guard !output.isEmpty else { throw ValidationError("--output must name a file.") }
    guard wantedFormat != nil else {
      throw ValidationError(
        "--output must end in \(Self.endings.joined(separator: " or ")), or --format must name the format.")
    }
  }

  func run() throws {
    guard let format = wantedFormat else { return }
    let place = OutputFile(output, overwrites: overwrite)
    try place.check()
    var model = try Model(model)
    model.testTimeAugmentation = tta
    if raw { model.temperature = nil }
    let export = try ModelExport(model, as: format, to: place.prepared())
    Terminal.print(paragraph: "Wrote     \(export.path): \(format.title), \(megabytes(export.size))")
    Terminal.print(paragraph: "Classes   \(DataSummary.classes(model.classNames))")
    Terminal.print(paragraph: "Input     \(format.input(of: model))")
    if let tta {
      Terminal.print(paragraph: "Averaged  over each picture and its mirror image (--tta \(tta.rawValue))")
    }
    try Terminal.confirm()
  }

  private var wantedFormat: ExportFormat? { format ?? ExportFormat(path: output) }
}

extension ExportFormat: ExpressibleByArgument {
  public init?(argument: String) { self.init(name: argument) }

  public static var allValueStrings: [String] { all.map(\.name) }
  public static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }
}

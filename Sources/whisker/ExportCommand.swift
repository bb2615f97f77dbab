import ArgumentParser
import WhiskerInterchange
import WhiskerTensor
import WhiskerTraining

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a model in a format that other programs run.",
    usage: "whisker export [<options>] <model> --output <file>",
    discussion: """
      ONNX (.onnx) runs in ONNX Runtime, OpenCV and others. The input is
      called images, float32 [N, channels, height, width], with values from 0
      to 255; any number of pictures at a time. The output is called
      probabilities, float32 [N, classes].

      Core ML (.mlmodel) runs on iOS 13, macOS 10.15 and later, and is what
      Vision takes: an image in, classLabel and probabilities out.

      In both, normalisation and softmax are part of the model, and the
      metadata holds class_names, preprocessing, network and training as
      JSON. Dropout is gone: it does nothing outside training.

      With -o - the file goes to standard output, and what is printed to
      standard error; --format then says what to write.

      For PyTorch nothing needs to be exported: the model file is a
      safetensors file with the names and shapes of nn.Sequential.

      Examples:
        whisker export runs/train1 -o cats.onnx
        whisker export cats.safetensors -o Cats.mlmodel
      """)

  @Argument(help: "A model file, or the folder of a run.", completion: .file())
  var model: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The file to write, or - for standard output.", valueName: "file"),
    completion: .file(extensions: ["onnx", "mlmodel"]))
  var output: String

  @Option(
    help: ArgumentHelp(
      "The format: onnx or coreml. (default: as the output's ending says)", valueName: "name"))
  var format: ExportFormat?

  @Flag(help: "Replace the file that is there.")
  var overwrite = false

  func validate() throws {
    guard !output.isEmpty else { throw ValidationError("--output names no file.") }
    guard wantedFormat != nil else {
      throw ValidationError("--output must end in .onnx or .mlmodel, or --format say what to write.")
    }
  }

  func run() throws {
    guard let format = wantedFormat else { return }
    let place = OutputFile(output, overwrites: overwrite)
    try place.check()
    let model = try Model(model)
    let export = try ModelExport(model, as: format, to: place.prepared())
    Terminal.tell("Wrote     \(export.path): \(format.title), \(megabytes(export.size))")
    Terminal.tell("Classes   \(model.classNames.joined(separator: ", "))")
    Terminal.tell("Input     \(format.input(of: model))")
    try Terminal.confirm()
  }

  private var wantedFormat: ExportFormat? { format ?? ExportFormat(path: output) }
}

extension ExportFormat: Choice {
  fileprivate var title: String {
    switch self {
    case .onnx: "ONNX"
    case .coreML: "Core ML"
    }
  }

  fileprivate func input(of model: Model) -> String {
    let preprocessing = model.preprocessing
    let size = "\(preprocessing.height), \(preprocessing.width)"
    switch self {
    case .onnx: return "images, float32 [N, \(preprocessing.channels), \(size)], from 0 to 255"
    case .coreML:
      return "image, \(preprocessing.height)x\(preprocessing.width) \(preprocessing.colorMode.rawValue)"
    }
  }
}

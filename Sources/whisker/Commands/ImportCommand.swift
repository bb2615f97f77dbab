import ArgumentParser
import WhiskerData
import WhiskerInterchange
import WhiskerNN
import WhiskerCore
import WhiskerTraining

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Create a model from PyTorch or Keras weights.",
    usage: "whisker import [<options>] <weights> -o <model> --class-names <a,b,c>",
    discussion: """
      WEIGHTS is a safetensors file of float32 tensors: those of PyTorch's
      state_dict (0.weight, 0.bias, 1.running_mean), or those of Keras
      (conv2d/kernel, conv2d/bias, batch_normalization/gamma), written with

        save_file({v.path: v.numpy() for v in model.weights}, "w.safetensors")

      (safetensors.numpy.save_file). Tensors whose names are the paths of the
      layers (3.body.0.weight), also after a common prefix, are matched by name.
      Others are matched to layers by shape, and those of equal shape in the order
      of their numbers. In a residual block, the body comes first, then the
      shortcut; names with shortcut or downsample belong to the latter. Keras
      kernels are transposed. A dense layer after a flatten is reordered, because
      Keras flattens height, width, channels, and PyTorch channels, height, width.
      Missing and unused tensors are errors. The model works with evaluate,
      predict, inspect and export.

      Whisker normalises a pixel v to v / 255 - 1/2. For weights trained on
      another range of values, pass --input-range; the first layer is then
      adjusted exactly. A first layer that pads with zeros, or without biases,
      can only be adjusted to a range around 0, such as -1,1. Pixels normalised
      with mean m and standard deviation s (of values from 0 to 1) range from
      -m/s to (1-m)/s.

      Examples:
        whisker import w.safetensors -o pets.safetensors --class-names cat,dog
        whisker import keras.safetensors -o digits.safetensors \\
          --network mnist-convnet --class-names 0,1,2,3,4,5,6,7,8,9 \\
          --input-range 0,1
      """)

  @Argument(help: "Weights, a safetensors file.", completion: .file(extensions: ["safetensors"]))
  var weights: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Model file, ending in .safetensors, or - for standard output.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var output: String

  @Option(help: ArgumentHelp("Classes, in the order of the outputs.", valueName: "a,b,c"))
  var classNames: NameList

  @Option(
    help: ArgumentHelp(
      "Network: \(NetworkPreset.allCases.map(\.rawValue).joined(separator: ", ")), or a JSON file of "
        + "layers.", valueName: "name"), completion: NetworkName.completion)
  var network = NetworkPreset.dropoutCNN.rawValue

  @Option(
    help: ArgumentHelp(
      "Layout of the weights. (default: detected by shapes or names)", valueName: "name"))
  var layout: WeightsLayout?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Values of black and white in training, such as 0,1 or -1,1 or 0,255. (default: -0.5,0.5)",
      valueName: "low,high"))
  var inputRange: InputRange?

  @Flag(help: "Replace an existing file.")
  var overwrite = false

  @OptionGroup(title: "Pictures")
  var pictures: PictureOptions

  func validate() throws {
    guard output.hasSuffix(".safetensors") || place.isStream else {
      throw ValidationError("--output must end in .safetensors.")
    }
    guard classNames.names.count <= Model.classLimit else {
      throw ValidationError("--class-names has more than \(Model.classLimit) classes.")
    }
  }

  func run() throws {
    try place.check()
    let imported = try WeightsImport(weights, into: target())
    Terminal.print(
      paragraph:
        "Read      \(weights): \(counted(imported.sources.count, "layer")) in \(imported.layout.title)'s layout"
    )
    for line in table(imported.sources) { Terminal.print(line) }
    try imported.write(to: place.prepared())
    Terminal.print(
      paragraph: "Wrote     \(place.path): \(counted(imported.network.parameterCount, "parameter"))")
    Terminal.print(paragraph: "Classes   \(classNames.names.joined(separator: ", "))")
    Terminal.print(paragraph: "Input     \(try pictures.preprocessing(over: Preprocessing()))")
    try Terminal.confirm()
  }

  private var place: OutputFile { OutputFile(output, overwrites: overwrite) }

  private func target() throws -> WeightsImport.Target {
    var target = WeightsImport.Target(
      try NetworkName(network).specification(),
      preprocessing: try pictures.preprocessing(over: Preprocessing()),
      classNames: classNames.names)
    target.layout = layout
    target.range = inputRange ?? .own
    return target
  }

  private func table(_ sources: [WeightsImport.Source]) -> [StyledText] {
    var table = Table([.left, .left, .left])
    table.add(["layer", "weights", "shape in the file"])
    for source in sources {
      let shape = source.shape.map(String.init).joined(separator: "x")
      table.add([source.layer.description, printable(source.weights), shape])
    }
    return table.lines(indent: Paragraph.labelWidth, columns: Terminal.width)
  }
}

extension WeightsLayout: Choice {}

extension InputRange: ExpressibleByArgument {
  /// `0,1`
  public init?(argument: String) {
    let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    guard numbers.count == 2, let low = numbers[0], let high = numbers[1] else { return nil }
    self.init(low, high)
  }
}

import ArgumentParser
import WhiskerData
import WhiskerInterchange
import WhiskerNN
import WhiskerTensor
import WhiskerTraining

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Make a model of weights that PyTorch or Keras trained.",
    usage: "whisker import [<options>] <weights> --class-names <a,b,c> --output <model>",
    discussion: """
      WEIGHTS is a safetensors file of float32 tensors, a pair for every layer
      that learns: 0.weight and 0.bias as of PyTorch's nn.Sequential, or
      conv2d/kernel and conv2d/bias as of Keras, which writes them with

        save_file({v.path: v.numpy() for v in model.weights}, "w.safetensors")

      (safetensors.numpy.save_file). Tensors find their layers by shape, and
      among equal shapes by number. Kernels of Keras's are turned round, and
      the dense layer behind a flatten is put in order: Keras flattens height,
      width, channels, PyTorch channels, height, width. Nothing may be missing
      or too many. The model is then what evaluate, predict, inspect and export
      take.

      Whisker gives networks v / 255 - 1/2 for a pixel v. Weights that were
      trained with another range of values are worth nothing unless
      --input-range names it; the first layer is then changed to make up for
      it, exactly. Pixels that were normalised with a mean m and a deviation s
      (of values from 0 to 1) ranged from -m/s to (1-m)/s.

      Examples:
        whisker import w.safetensors -o pets.safetensors --class-names cat,dog
        whisker import keras.safetensors -o digits.safetensors \\
          --network mnist-convnet --class-names 0,1,2,3,4,5,6,7,8,9 \\
          --input-range 0,1
      """)

  @Argument(help: "The weights, a safetensors file.", completion: .file(extensions: ["safetensors"]))
  var weights: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The model, a .safetensors file, or - for standard output.", valueName: "model"),
    completion: .file(extensions: ["safetensors"]))
  var output: String

  @Option(help: ArgumentHelp("The classes, in the order of the last layer's outputs.", valueName: "a,b,c"))
  var classNames: NameList

  @Option(
    help: ArgumentHelp(
      "The layers: \(NetworkPreset.allCases.map(\.rawValue).joined(separator: ", ")), or a JSON file.",
      valueName: "name"), completion: NetworkName.completion)
  var network = NetworkPreset.dropoutCNN.rawValue

  @Option(
    help: ArgumentHelp(
      "How the weights are laid out: pytorch or keras. (default: as their shapes tell, or else their names)",
      valueName: "name"))
  var layout: WeightsLayout?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "What black and white were when the weights were trained: 0,1 or -1,1 or 0,255. (default: -0.5,0.5)",
      valueName: "low,high"))
  var inputRange: InputRange?

  @Flag(help: "Replace the file that is there.")
  var overwrite = false

  @OptionGroup(title: "Pictures")
  var pictures: PictureOptions

  func validate() throws {
    guard output.hasSuffix(".safetensors") || place.isStream else {
      throw ValidationError("--output names the model, a file that ends in .safetensors.")
    }
    guard classNames.names.count <= Model.classLimit else {
      throw ValidationError("--class-names may name \(Model.classLimit) classes at most.")
    }
  }

  func run() throws {
    try place.check()
    let imported = try WeightsImport(weights, into: target())
    Terminal.tell(
      "Read      \(weights): \(counted(imported.sources.count, "layer")) in \(imported.layout.title)'s layout"
    )
    for line in table(imported.sources) { Terminal.print(line) }
    try imported.write(to: place.prepared())
    Terminal.tell("Wrote     \(place.path): \(counted(imported.network.parameterCount, "parameter"))")
    Terminal.tell("Classes   \(classNames.names.joined(separator: ", "))")
    Terminal.tell("Input     \(pictures.preprocessing(over: Preprocessing()))")
    try Terminal.confirm()
  }

  private var place: OutputFile { OutputFile(output, overwrites: overwrite) }

  private func target() throws -> WeightsImport.Target {
    var target = WeightsImport.Target(
      try NetworkName(network).specification(), preprocessing: pictures.preprocessing(over: Preprocessing()),
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

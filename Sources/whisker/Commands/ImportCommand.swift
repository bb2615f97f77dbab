import ArgumentParser
import WhiskerData
import WhiskerInterchange
import WhiskerNN
import WhiskerCore
import WhiskerTraining

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Create a model from PyTorch, Keras or ONNX weights.",
    usage: "whisker import [<options>] <weights> -o <model>",
    discussion: """
      WEIGHTS is a PyTorch file (.pth, .pt) with a state_dict, alone or under the
      key state_dict, model or model_state_dict; or an ONNX model (.onnx), a sequence
      of layers with residual blocks; or a safetensors file of float32 tensors. These
      are those of a state_dict (0.weight, 0.bias, 1.running_mean), or those of Keras
      (conv2d/kernel, conv2d/bias, batch_normalization/gamma), written with

        save_file({v.path: v.numpy() for v in model.weights}, "w.safetensors")

      (safetensors.numpy.save_file). Nothing in a PyTorch file is run: one that
      asks for more than tensors, dicts, lists, numbers and texts is refused. An ONNX
      model with an operator that Whisker has no layer for is refused with its name.

      A model that Whisker trained or exported has its network, classes and input
      in its metadata. They are the defaults of the options.

      Tensors whose names are the paths of the layers (3.body.0.weight), also after
      a common prefix, are matched by name. Those of a PyTorch file are otherwise
      matched in their order, if their shapes are those of the layers. Others are
      matched by shape, and those of equal shape in the order of their numbers. In a
      residual block, the body comes first, then the shortcut; names with shortcut
      or downsample belong to the latter. Keras kernels are transposed. A dense
      layer after a flatten is reordered, because Keras flattens height, width,
      channels, and PyTorch channels, height, width. Missing and unused tensors are
      errors. The model works with evaluate, predict, inspect and export.

      The networks efficientnet-lite0 to efficientnet-lite4, mobilenet-v2, resnet34
      and resnet50 have published weights for ImageNet: those of torchvision, and
      timm's mobilenetv2_100, resnet34, resnet50 and tf_efficientnet_lite0 to 4.
      They normalise pixels as these weights expect, and by default get the size of
      pictures that they were trained on, in RGB.

      Whisker normalises a pixel v to v / 255 - 1/2. For weights trained on
      another range of values, pass --input-range; the first layer is then
      adjusted exactly. A first layer that pads with zeros, or without biases,
      can only be adjusted to a range around 0, such as -1,1. Pixels normalised
      with mean m and standard deviation s (of values from 0 to 1) range from
      -m/s to (1-m)/s. With --input-range imagenet, the network begins with a
      rescale layer that normalises by the mean and deviation of each channel of
      ImageNet, as torchvision's resnet18 needs it.

      Examples:
        whisker import w.safetensors -o pets.safetensors --class-names cat,dog
        whisker import efficientnet-lite0.pth -o backbone.safetensors \\
          --network efficientnet-lite0
        whisker import keras.safetensors -o digits.safetensors \\
          --network mnist-convnet --class-names 0,1,2,3,4,5,6,7,8,9 \\
          --input-range 0,1
      """)

  @Argument(
    help: "Weights, a PyTorch, ONNX or safetensors file.",
    completion: .file(extensions: ["safetensors", "pth", "pt", "onnx"]))
  var weights: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Model file, ending in .safetensors, or - for standard output.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var output: String

  @Option(
    help: ArgumentHelp(
      "Classes, in the order of the outputs. (default: those of a model of Whisker's, or else 0,1,2 and so on, by the "
        + "weights of the last layer)",
      valueName: "a,b,c"))
  var classNames: NameList?

  @Option(
    help: ArgumentHelp(
      "Network: \(NetworkPreset.allCases.map(\.rawValue).joined(separator: ", ")), or a JSON file of "
        + "layers. An ONNX model has its own. (default: that of a model of Whisker's, or else dropout-cnn)",
      valueName: "name"),
    completion: NetworkName.completion)
  var network: String?

  @Option(
    help: ArgumentHelp(
      "Layout of the weights. (default: detected by shapes or names)", valueName: "name"))
  var layout: WeightsLayout?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Values of black and white in training, such as 0,1 or -1,1 or 0,255, or imagenet. (default: -0.5,0.5)",
      valueName: "low,high"))
  var inputRange: InputRangeOption?

  @Option(
    help: ArgumentHelp(
      "Where the weights come from, for the model's metadata. (default: none)", valueName: "text"))
  var source: String?

  @Option(
    help: ArgumentHelp("Licence of the weights, for the model's metadata. (default: none)", valueName: "text")
  )
  var license: String?

  @Flag(help: "Replace an existing file.")
  var overwrite = false

  @OptionGroup(title: "Pictures")
  var pictures: PictureOptions

  func validate() throws {
    guard output.hasSuffix(".safetensors") || place.isStream else {
      throw ValidationError("--output must end in .safetensors.")
    }
    guard (classNames?.names.count ?? 1) <= Model.classLimit else {
      throw ValidationError("--class-names has more than \(Model.classLimit) classes.")
    }
  }

  func run() throws {
    try place.check()
    let own = try description()
    let target = try target(own)
    let imported = try WeightsImport(weights, into: target)
    Terminal.print(
      paragraph:
        "Read      \(weights): \(counted(imported.sources.count, "layer")) in \(imported.layout.title)'s layout"
    )
    for line in table(imported.sources) { Terminal.print(line) }
    try imported.write(to: place.prepared())
    Terminal.print(
      paragraph: "Wrote     \(place.path): \(counted(imported.network.parameterCount, "parameter"))")
    Terminal.print(paragraph: "Classes   \(DataSummary.classes(imported.classNames))")
    Terminal.print(paragraph: "Input     \(target.preprocessing)")
    for note in own.map({ notes($0, target) }) ?? [] { Terminal.print(paragraph: "Note      " + note) }
    try Terminal.confirm()
  }

  /// What the file says of its model; nil for a file of another program, and where it cannot be used and options say all of it.
  private func description() throws -> OwnModel? {
    do {
      return try OwnModel(weights)
    } catch let error as FileError {
      guard classNames != nil, try network != nil || GraphInput(weights) != nil else { throw error }
      return nil
    }
  }

  /// The options, over what the weights were trained with, as far as their file or the network says it.
  private func preprocessing(_ own: OwnModel?) throws -> Preprocessing {
    var usual = own?.preprocessing ?? Preprocessing()
    if let input = try GraphInput(weights) {
      guard network == nil else { throw ValidationError("--network: an ONNX model has its own layers.") }
      guard input.size != nil || pictures.imageSize != nil else {
        throw ValidationError("The model accepts pictures of any size; choose one with --image-size.")
      }
      usual.colorMode = input.colorMode
      if let size = input.size { (usual.height, usual.width) = (size.height, size.width) }
    } else if own == nil, let published = network.flatMap({ NetworkName($0).preprocessing }) {
      usual = published
    }
    return try pictures.preprocessing(over: usual)
  }

  /// What options changed of a model of Whisker's.
  private func notes(_ own: OwnModel, _ target: WeightsImport.Target) -> [String] {
    var notes: [String] = []
    if let names = target.classNames, names != own.classNames {
      notes.append(
        "--class-names replaces the classes of the file, \(own.classNames.joined(separator: ", "))")
    }
    if let network = own.network, network != target.network {
      notes.append("the options replace the network of the file")
    }
    if own.preprocessing != target.preprocessing {
      notes.append("the options replace the input of the file, \(own.preprocessing)")
    }
    return notes
  }

  private var place: OutputFile { OutputFile(output, overwrites: overwrite) }

  private func target(_ own: OwnModel?) throws -> WeightsImport.Target {
    guard own == nil || inputRange == nil else {
      throw ValidationError("--input-range: \(weights) is a model of Whisker's, which has the range in it.")
    }
    var target = WeightsImport.Target(
      try network.map { try NetworkName($0).specification() } ?? own?.network
        ?? NetworkPreset.dropoutCNN.specification,
      preprocessing: try preprocessing(own), classNames: classNames?.names ?? own?.classNames)
    // It was fitted for this network and these pictures.
    if own?.network == target.network, own?.preprocessing == target.preprocessing {
      target.temperature = own?.temperature
    }
    if case .imageNet? = inputRange { target.rescale = .imageNet }
    target.layout = layout
    if case .range(let range)? = inputRange { target.range = range }
    (target.source, target.license) = (source ?? own?.source, license ?? own?.license)
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

/// The pixel values in training: the same range for all channels, or ImageNet's mean and deviation of each.
enum InputRangeOption: ExpressibleByArgument {
  case range(InputRange)
  case imageNet

  /// `0,1` or `imagenet`
  init?(argument: String) {
    if argument.lowercased() == "imagenet" {
      self = .imageNet
      return
    }
    let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    guard numbers.count == 2, let low = numbers[0], let high = numbers[1], let range = InputRange(low, high)
    else { return nil }
    self = .range(range)
  }
}

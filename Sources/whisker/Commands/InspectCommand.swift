import ArgumentParser
import WhiskerData
import WhiskerNN
import WhiskerCore
import WhiskerTraining

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Describe a model, a run or a dataset.",
    usage: "whisker inspect [<options>] <path> ...",
    discussion: """
      For a model: its classes, input, layers and training. For a dataset: its
      kind, splits, classes and counts, from file names and first bytes; nothing
      is decoded. For a tensor cache also its contents and origin.

      Examples:
        whisker inspect runs/train1
        whisker inspect photos
      """)

  @Argument(
    help: ArgumentHelp("Model file, run folder, or dataset; several datasets are joined.", valueName: "path"),
    completion: .file())
  var paths: [String]

  @OptionGroup(title: "Classes")
  var naming: NamingOptions

  func run() throws {
    try isModel ? describeModel() : describeData()
    try Terminal.confirm()
  }

  private var path: String { paths[0] }

  private var isModel: Bool {
    get throws {
      guard paths.count == 1 else { return false }
      if RunFolder(path: path).holdsModel { return true }
      return path.hasSuffix(".safetensors") && !path.contains { "*?[".contains($0) }
        && !DataSource.isCache(path)
    }
  }

  private func describeModel() throws {
    let model = try Model(path)
    // Damaged weights are an error here, too.
    _ = try model.graphs()
    let shapes = try model.shapes
    Terminal.print(paragraph: "Model     \(model.path)")
    Terminal.print(paragraph: "Classes   \(model.classNames.joined(separator: ", "))")
    Terminal.print(paragraph: "Input     \(model.preprocessing)")
    if let count = model.memberCount {
      Terminal.print(paragraph: "Ensemble  the mean of \(counted(count, "network")), all of this kind")
    }
    let layers = model.specification.summary(input: model.inputShape, shapes: shapes)
    let parameterCount = layers.reduce(0) { $0 + $1.parameterCount }
    Terminal.print(paragraph: "Network   \(counted(parameterCount, "parameter"))")
    let frozen = model.specification.layers.prefix { !$0.isTrainable }.count
    if frozen > 0 {
      let count = layers[1...frozen].reduce(0) { $0 + $1.parameterCount }
      Terminal.print(
        paragraph: "Frozen    the first \(counted(frozen, "layer")), with \(counted(count, "parameter"))")
    }
    let table = NetworkTable(model.specification, shapes: shapes, input: model.inputShape)
    for line in table.lines(columns: Terminal.width) { Terminal.print(line) }
    Terminal.print(paragraph: "Training  " + history(of: model))
    if let temperature = model.temperature { describe(temperature) }
    if let source = model.summary.source { Terminal.print(paragraph: "Source    \(source)") }
    if let license = model.summary.license { Terminal.print(paragraph: "Licence   \(license)") }
    Terminal.print(paragraph: "Kernels   \(Machine.kernels) on this machine")
  }

  private func describe(_ scaling: TemperatureScaling) {
    Terminal.print(
      paragraph: "ECE       \(fixed(scaling.after.calibrationError, 4)) with temperature "
        + "\(fixed(scaling.temperature, 4)), \(fixed(scaling.before.calibrationError, 4)) without, on the "
        + "\(counted(scaling.samples, "validation picture")) that it was fitted on")
    Terminal.print(paragraph: "Threshold \(scaling.thresholdText)")
  }

  private func history(of model: Model) -> String {
    let summary = model.summary
    if let file = summary.importedFrom {
      return "weights imported from \(file), by Whisker \(summary.whisker)"
    }
    let figures: [(String, Double?)] = [
      ("loss", summary.loss), ("accuracy", summary.accuracy), ("val_loss", summary.validationLoss),
      ("val_accuracy", summary.validationAccuracy),
    ]
    let printed = figures.compactMap { name, value in value.map { "\(name) \(fixed($0, 4))" } }
    // The members of an ensemble have epochs of their own.
    let (place, seed) =
      model.memberCount == nil
      ? (["epoch \(summary.epoch), \(counted(summary.steps, "step"))"], "seed") : ([], "seeds from")
    return (place + printed + ["\(seed) \(summary.seed), by Whisker \(summary.whisker)"])
      .joined(separator: ", ")
  }

  private func describeData() throws {
    var options = try naming.options(for: paths, nil)
    options.describesOnly = true
    let source = try DataSource.open(path, nil, options: options)
    for line in DataSummary(source).lines { Terminal.print(paragraph: line) }
    guard let description = source.cacheDescription else { return }
    Terminal.print(paragraph: "Cache     \(description)")
    Terminal.print(paragraph: "Input     \(source.preprocessing)")
  }
}

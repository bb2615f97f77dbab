import ArgumentParser
import WhiskerData
import WhiskerNN
import WhiskerTensor
import WhiskerTraining

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Describe a model, a run or a data set.",
    usage: "whisker inspect [<options>] <path>",
    discussion: """
      Of a model: its classes, what it wants as input, its layers, and how it
      was trained. Of a data set: its kind, parts, classes and counts, from the
      names, and from the first bytes of files that are not called like
      pictures; nothing is decoded. Of a tensor cache also what it holds and
      was made from.

      Examples:
        whisker inspect runs/train1
        whisker inspect photos
      """)

  @Argument(help: "A model file, the folder of a run, or a data set.", completion: .file())
  var path: String

  @OptionGroup(title: "Classes")
  var naming: NamingOptions

  func run() throws {
    try isModel ? describeModel() : describeData()
    try Terminal.confirm()
  }

  private var isModel: Bool {
    get throws {
      if RunFolder(path: path).holdsModel { return true }
      return path.hasSuffix(".safetensors") && !path.contains { "*?[".contains($0) }
        && !DataSource.isCache(path)
    }
  }

  private func describeModel() throws {
    let model = try Model(path)
    let members = try model.members(capacity: 1, pool: ComputePool(threads: 1))
    let network = members[0]
    Terminal.tell("Model     \(model.path)")
    Terminal.tell("Classes   \(model.classNames.joined(separator: ", "))")
    Terminal.tell("Input     \(model.preprocessing)")
    if let count = model.memberCount {
      Terminal.tell("Ensemble  the mean of \(counted(count, "network")), all of this kind")
    }
    Terminal.tell("Network   \(counted(network.parameterCount, "parameter"))")
    let table = NetworkTable(model.specification, shapes: network.shapes, input: model.inputShape)
    for line in table.lines(columns: Terminal.width) { Terminal.print(line) }
    Terminal.tell("Training  " + history(model.summary))
    Terminal.tell("Kernels   \(Machine.kernels) on this machine")
  }

  private func history(_ summary: Model.TrainingSummary) -> String {
    if let file = summary.importedFrom {
      return "weights imported from \(file), by Whisker \(summary.whisker)"
    }
    let figures: [(String, Double?)] = [
      ("loss", summary.loss), ("accuracy", summary.accuracy), ("val_loss", summary.validationLoss),
      ("val_accuracy", summary.validationAccuracy),
    ]
    let told = figures.compactMap { name, value in value.map { "\(name) \(fixed($0, 4))" } }
    return
      (["epoch \(summary.epoch), \(counted(summary.steps, "step"))"] + told + [
        "seed \(summary.seed), by Whisker \(summary.whisker)"
      ]).joined(separator: ", ")
  }

  private func describeData() throws {
    var options = naming.options(nil)
    options.describesOnly = true
    let source = try DataSource.open(path, nil, options: options)
    for line in DataSummary(source).lines { Terminal.tell(line) }
    guard let description = source.cacheDescription else { return }
    Terminal.tell("Cache     \(description)")
    Terminal.tell("Input     \(source.preprocessing)")
  }
}

import ArgumentParser
import WhiskerData
import WhiskerNN
import WhiskerTensor
import WhiskerTraining

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Tell what a model, a run or a data set is.",
    discussion: """
      Of a model: its classes, what it wants as input, its layers, and how it
      was trained. Of a data set: its kind, parts, classes and counts, from the
      names alone; nothing is decoded.

      Examples:
        whisker inspect runs/train1
        whisker inspect photos
      """)

  @Argument(help: "A model file, the folder of a run, or a data set.")
  var path: String

  @OptionGroup(title: "Classes")
  var naming: NamingOptions

  func run() throws {
    let lines =
      try path.hasSuffix(".safetensors") || RunFolder(path: path).holdsModel
      ? describeModel() : describeData()
    Terminal.print(lines.joined(separator: "\n"))
    try Terminal.confirm()
  }

  private func describeModel() throws -> [String] {
    let model = try Model(path)
    let network = try model.network(capacity: 1, pool: ComputePool(threads: 1))
    return [
      "Model     \(model.path)",
      "Classes   \(model.classNames.joined(separator: ", "))",
      "Input     \(describe(model.preprocessing))",
      "Network   \(counted(network.parameterCount, "parameter"))",
    ] + NetworkTable(model.specification, shapes: network.shapes, input: model.inputShape).lines
      + ["Training  " + history(model.summary), "Kernels   \(Machine.kernels) on this machine"]
  }

  private func history(_ summary: Model.TrainingSummary) -> String {
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

  private func describeData() throws -> [String] {
    DataSummary(try naming.source(path, Preprocessing(), maxPixels: ImageDecoder.defaultMaximumPixels)).lines
  }
}

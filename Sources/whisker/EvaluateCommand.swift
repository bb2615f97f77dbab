import ArgumentParser

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "evaluate")
}
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "predict")
}
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "inspect")
}

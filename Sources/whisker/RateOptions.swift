import ArgumentParser
import WhiskerNN
import WhiskerTraining

/// The rates that a training is tuned by.
struct RateOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The rates of the network's dropout layers: one for all, or one each in order. (default: the network's own)",
      valueName: "rates"))
  var dropout: Rates?

  @Option(
    help: ArgumentHelp("The size of a step. (default: 0.001 for adam, 0.01 for sgd)", valueName: "rate"))
  var learningRate: Double?

  func validate() throws {
    guard learningRate ?? 1 > 0, learningRate?.isFinite ?? true else {
      throw ValidationError("--learning-rate must be above 0.")
    }
  }

  /// Writes the options into a configuration that has its network.
  func apply(to configuration: inout TrainingConfiguration) throws {
    configuration.learningRate = learningRate ?? configuration.learningRate
    guard let dropout else { return }
    do {
      configuration.network = try configuration.network.withDropout(dropout.values)
    } catch {
      throw ValidationError("--dropout: \(error).")
    }
  }
}

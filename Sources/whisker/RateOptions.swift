import ArgumentParser
import WhiskerNN
import WhiskerTraining

/// The rates that a training is tuned by.
struct RateOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The rates of the network's dropout layers: one for all, or one each in order; or auto, which starts from the "
        + "network's own and raises or lowers them after every validation, by the gap between the losses of validation "
        + "and training, with its settings behind commas: auto,gap=0.05,pace=0.25,min=0.01,max=0.75. "
        + "(default: the network's own)",
      valueName: "rates"))
  var dropout: DropoutValue?

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
    guard (configuration.weightDecay ?? 0) * configuration.learningRate < 1 else {
      throw ValidationError("--weight-decay times the learning rate must be below 1.")
    }
    switch dropout {
    case nil: break
    case .automatic(let adaptation): configuration.dropoutAdaptation = adaptation
    case .rates(let rates):
      do {
        configuration.network = try configuration.network.withDropout(rates)
      } catch {
        throw ValidationError("--dropout: \(error).")
      }
    }
  }
}

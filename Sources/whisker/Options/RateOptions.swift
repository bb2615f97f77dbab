import ArgumentParser
import WhiskerNN
import WhiskerTraining

/// The dropout rates and the learning rate of a single training.
struct RateOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Dropout rates: one for all dropout layers, or one per layer in order. auto starts from the network's "
        + "rates and adapts them after each validation to the gap between validation loss and training loss; "
        + "its settings follow after commas: auto,gap=0.05,pace=0.25,min=0.01,max=0.75. (default: the network's "
        + "rates)", valueName: "rates"))
  var dropout: DropoutValue?

  @Option(
    help: ArgumentHelp("Learning rate. (default: \(OptimizerKind.defaultRates))", valueName: "rate"))
  var learningRate: Double?

  func validate() throws {
    guard learningRate ?? 1 > 0, learningRate?.isFinite ?? true else {
      throw ValidationError("--learning-rate must be above 0.")
    }
  }

  /// Writes the options to a configuration whose network is set.
  func apply(to configuration: inout TrainingConfiguration) throws {
    configuration.optimization.learningRate = learningRate ?? configuration.optimization.learningRate
    guard configuration.optimization.weightDecay * configuration.optimization.learningRate < 1 else {
      throw ValidationError("--weight-decay times the learning rate must be below 1.")
    }
    switch dropout {
    case nil: break
    case .automatic(let adaptation): configuration.model.dropoutAdaptation = adaptation
    case .rates(let rates):
      do {
        configuration.model.network = try configuration.model.network.withDropout(rates)
      } catch {
        throw ValidationError("--dropout: \(errorText(error)).")
      }
    }
  }
}

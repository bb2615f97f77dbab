import WhiskerData
import WhiskerNN

/// The stages of a training, each with training samples of one size and the network for them. The networks share all parameters and
/// buffers.
struct TrainingStages {
  typealias Stage = (network: Network, training: SampleSet)

  private let stages: [Stage]

  /// - Parameter stages: At least one, in order.
  init(_ stages: [Stage]) { self.stages = stages }

  var networks: [Network] { stages.map(\.network) }
  var last: Stage { stages[stages.count - 1] }

  /// The stage of an epoch, counted from 1. All stages have equal shares of the epochs. Where there are fewer epochs than stages, the
  /// first stages are left out.
  func stage(ofEpoch epoch: Int, of epochs: Int) -> Stage {
    let used = stages.suffix(epochs)
    return used[used.startIndex + (epoch - 1) * used.count / epochs]
  }
}

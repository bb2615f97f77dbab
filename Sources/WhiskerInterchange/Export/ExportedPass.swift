import WhiskerNN
import WhiskerTraining

/// A pass of a picture, or of its mirror image, through a network or a member of an ensemble. The exported model averages the
/// probabilities of all passes.
struct ExportedPass {
  let graph: InferenceGraph
  /// The prefix of the names of the weights: "members.0." for a member of an ensemble, otherwise nothing.
  let weightsPrefix: String
  let isMirrored: Bool

  /// The prefix of the names of the operations.
  var prefix: String { (isMirrored ? "mirrored." : "") + weightsPrefix }

  /// The passes of a model with the given networks.
  static func all(of networks: [InferenceGraph], _ augmentation: TestTimeAugmentation?) -> [ExportedPass] {
    let views =
      switch augmentation {
      case .flip: [false, true]
      case nil: [false]
      }
    return views.flatMap { isMirrored in
      networks.enumerated().map { index, graph in
        ExportedPass(
          graph: graph, weightsPrefix: networks.count > 1 ? "members.\(index)." : "", isMirrored: isMirrored)
      }
    }
  }
}

extension Model {
  /// The temperature of the exported probabilities: that of the mean, where several passes are averaged; nil for 1.
  var exportedTemperature: Double? { temperature.flatMap { $0.temperature == 1 ? nil : $0.temperature } }
}

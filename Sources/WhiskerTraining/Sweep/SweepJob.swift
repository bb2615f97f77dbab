/// A training that is due, or a part of it.
public struct SweepJob: Sendable, Codable, Equatable {
  /// The place of its setting among the sweep's.
  public let setting: Int
  /// The training's seed.
  public let seed: UInt64
  /// The epochs that it is to have behind it.
  public let epochs: Int
}

/// What happens in a sweep, in the order in which it is noticed.
public enum SweepEvent: Sendable, Codable {
  /// How a training under way stands.
  case standing(SweepJob, epoch: Int, share: Double)
  /// A training has kept a checkpoint, the first since it began or went on.
  case kept(SweepJob)
  /// A training has come as far as it was to.
  case trained(SweepTraining)
  /// Of the settings only some go on.
  case halved(survivors: [Int], epochs: Int)

  /// The training that has come as far as it was to; nil where none has.
  var training: SweepTraining? {
    guard case .trained(let training) = self else { return nil }
    return training
  }

  /// Whether a training has kept a checkpoint.
  var isCheckpoint: Bool { if case .kept = self { true } else { false } }
}

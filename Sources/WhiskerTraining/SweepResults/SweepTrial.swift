/// A training that is due, up to some epoch.
public struct SweepTrial: Sendable, Codable, Equatable {
  /// The index of its setting.
  public let setting: Int
  /// The training's seed.
  public let seed: UInt64
  /// The epochs that it trains up to.
  public let epochs: Int
}

/// The events of a sweep, in the order in which they are noticed.
public enum SweepEvent: Sendable, Codable {
  /// The progress of a training.
  case standing(SweepTrial, epoch: Int, share: Double)
  /// A training has written its first checkpoint since it was started or resumed.
  case kept(SweepTrial)
  /// A training has reached its trial's epochs, or has ended.
  case trained(SweepTraining)
  /// Only some of the settings continue.
  case halved(survivors: [Int], epochs: Int)

  /// The result of a training; nil for other events.
  var training: SweepTraining? {
    guard case .trained(let training) = self else { return nil }
    return training
  }

  /// Whether a training has written a checkpoint.
  var isCheckpoint: Bool { if case .kept = self { true } else { false } }
}

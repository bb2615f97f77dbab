import WhiskerData

/// The events of a training, in order. The training loop does not know its observers.
public enum TrainingEvent: Sendable {
  /// An epoch begins, counted from 1.
  case epochStarted(epoch: Int)
  /// A batch was trained on.
  case batchEnded(BatchReport)
  /// A validation begins.
  case validationStarted(epoch: Int, samples: Int)
  /// A validation within an epoch has ended.
  case validated(EpochReport)
  /// An epoch has ended, validation included.
  case epochEnded(EpochReport)
  /// A checkpoint is due: at the end of an epoch, after a validation, at the configured interval, and before a
  /// training is interrupted.
  case checkpoint
  /// The training is over.
  case finished(TrainingOutcome)
}

/// The progress of an epoch after a batch.
public struct BatchReport: Sendable {
  /// Counted from 1.
  public let epoch: Int
  /// Counted from 1.
  public let batch: Int
  /// The number of batches of the epoch; fewer if samples are unreadable.
  public let batchCount: Int
  /// The samples of the epoch so far.
  public let samples: Int
  /// The mean loss over the samples of the epoch so far, with dropout.
  public let loss: Double
  /// The accuracy on those samples, 0 to 1.
  public let accuracy: Double
  /// Seconds since the epoch started.
  public let seconds: Double
  /// Training samples per second since the epoch started.
  public let imagesPerSecond: Double
  /// The fraction of that time, 0 to 1, in which the network waited for data.
  public let waitingShare: Double

  /// The estimated time of the epoch's remaining batches, in seconds.
  public var secondsLeft: Double { seconds / Double(batch) * Double(max(0, batchCount - batch)) }
}

/// The outcome of a training.
public struct TrainingOutcome: Sendable {
  /// Why it ended.
  public enum Reason: String, Sendable, Codable {
    /// All epochs were trained.
    case completed
    /// The monitored metric did not improve within the patience.
    case stoppedEarly = "stopped_early"
    /// The caller stopped it.
    case interrupted
  }

  /// Why it ended.
  public let reason: Reason
  /// The epochs that were finished.
  public let epochs: [EpochReport]
  /// The batches of the unfinished epoch; 0 without one.
  public let batchesBeyond: Int
  /// The unreadable samples, in the order in which they were found.
  public let failures: [SampleFailure]
  /// The best validation by the monitored metric, the first of equals.
  public let best: EpochReport?
  /// The best validation of the averaged weights; nil without an average.
  public let bestAverage: EpochReport?
}

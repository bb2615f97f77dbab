import WhiskerData

/// What happens in a training, in order. The loop knows nothing of those who listen.
public enum TrainingEvent: Sendable {
  /// An epoch begins, counted from 1.
  case epochStarted(epoch: Int)
  /// A batch was trained on.
  case batchEnded(BatchReport)
  /// The samples that are held back are about to be measured.
  case validationStarted(epoch: Int, samples: Int)
  /// A validation in the midst of an epoch.
  case validated(EpochReport)
  /// An epoch was trained and validated.
  case epochEnded(EpochReport)
  /// The state is worth keeping: at the end of an epoch, after a validation, every so many steps, and before a
  /// training ends before its time.
  case checkpoint
  /// The training is over.
  case finished(TrainingOutcome)
}

/// How an epoch stands after a batch.
public struct BatchReport: Sendable {
  /// Counted from 1.
  public let epoch: Int
  /// Counted from 1.
  public let batch: Int
  /// How many batches the epoch has, unless samples turn out unreadable.
  public let batchCount: Int
  /// How many samples of the epoch were trained on so far.
  public let samples: Int
  /// The mean loss over the samples of the epoch so far, with dropout.
  public let loss: Double
  /// The share of those samples, 0 to 1, that were told right.
  public let accuracy: Double
  /// Seconds since the epoch started.
  public let seconds: Double
  /// Training samples a second since the epoch started.
  public let imagesPerSecond: Double
  /// The share of that time, 0 to 1, in which the network waited for data.
  public let waitingShare: Double

  /// The time that the rest of the epoch's batches will take at this pace.
  public var secondsLeft: Double { seconds / Double(batch) * Double(max(0, batchCount - batch)) }
}

/// What came of an epoch, or of the part of it before a validation.
public struct EpochReport: Sendable, Codable, Equatable {
  /// How weights did on the validation samples.
  public struct Measure: Sendable, Codable, Equatable {
    /// The mean cross-entropy.
    public let loss: Double
    /// The share of samples, 0 to 1, that were told right.
    public let accuracy: Double
  }

  /// How dropout stood where it follows the training.
  public struct Dropout: Sendable, Codable, Equatable {
    /// The rates of the layers until now, in order.
    public let rates: [Double]
    /// The mean loss over training samples, without dropout.
    public let trainingLoss: Double

    private enum CodingKeys: String, CodingKey {
      case rates, trainingLoss = "train_loss"
    }
  }

  /// Counted from 1.
  public let epoch: Int
  /// The steps made since the training began.
  public let step: Int
  /// The mean loss over the training samples, with dropout, while the weights changed.
  public let loss: Double
  /// The share of the training samples, 0 to 1, that were told right, likewise.
  public let accuracy: Double
  /// The mean loss over the validation samples, without dropout; nil where there are none.
  public let validationLoss: Double?
  /// The share of the validation samples, 0 to 1, that were told right; nil where there are none.
  public let validationAccuracy: Double?
  /// How the averaged weights did; nil where none are kept.
  public let averaged: Measure?
  /// Where the dropout rates follow the training, these and the loss that they follow; nil where they do not.
  public let dropout: Dropout?
  /// The learning rate of the last step.
  public let learningRate: Double
  /// How long the epoch took, validation included.
  public internal(set) var seconds: Double
  /// Training samples a second, validation not included.
  public internal(set) var imagesPerSecond: Double
  /// The share of the training time, 0 to 1, in which the network waited for data.
  public internal(set) var waitingShare: Double

  private enum CodingKeys: String, CodingKey {
    case epoch, step, loss, accuracy, validationLoss = "val_loss", validationAccuracy = "val_accuracy",
      averaged, dropout
    case learningRate = "learning_rate", seconds
    case imagesPerSecond = "images_per_second", waitingShare = "waiting_share"
  }

  /// What a learning rate schedule follows: the validation loss, or the loss where nothing is validated.
  public var decisiveLoss: Double { validationLoss ?? loss }
}

/// How a training ended.
public struct TrainingOutcome: Sendable {
  /// Why it ended.
  public enum Reason: String, Sendable, Codable {
    /// All epochs were trained.
    case completed
    /// What is monitored did not improve for as many epochs as allowed.
    case stoppedEarly = "stopped_early"
    /// Somebody asked for it.
    case interrupted
  }

  /// Why it ended.
  public let reason: Reason
  /// The epochs that were finished.
  public let epochs: [EpochReport]
  /// The batches that were trained in the epoch that was not finished; 0 where there is none.
  public let batchesBeyond: Int
  /// The samples that could not be read, in the order in which that was found out.
  public let failures: [SampleFailure]
  /// The best epoch by what is monitored, the first of equals.
  public let best: EpochReport?
  /// The same of the averaged weights; nil where none are kept.
  public let bestAverage: EpochReport?
}

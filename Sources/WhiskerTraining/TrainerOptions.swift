import WhiskerData
import WhiskerTensor

extension Trainer {
  /// What the loop needs to know.
  public struct Options: Sendable {
    /// The passes over the training samples.
    public var epochs = 10
    /// The samples of a step, at most the capacity of the network.
    public var batchSize = 128
    /// Decides the order, the augmentation and the dropout.
    public var seed: UInt64 = 0
    /// How the learning rate changes in the course of the training.
    public var schedule = LearningRateSchedule.constant
    /// How the dropout rates follow the training; nil where they stay as they are.
    public var dropoutAdaptation: DropoutAdaptation?
    /// What decides which weights are best; nil for the validation loss.
    public var monitor: Monitor?
    /// Training stops when what is monitored has not improved for this many epochs; nil for never.
    public var patience: Int?
    /// Validation also takes place after every so many steps; nil for at the end of epochs only.
    public var validateEvery: Int?
    /// A checkpoint is due after every so many steps; nil for at the end of epochs only.
    public var checkpointEvery: Int?
    /// What the loss of a sample of each class counts; nil for 1 each.
    public var classWeights: [Double]?
    /// How far and how widely samples are read ahead.
    public var lanes = BatchStream.Lanes(count: 1)
    /// What happens when a sample cannot be read.
    public var policy = BatchStream.ErrorPolicy.skip
    /// How the training samples are varied; those of the validation never are.
    public var augmentation = Augmentation()
    /// The processes that train together, each on its part of every batch.
    public var job: any Communicator = SingleProcess()

    /// Keras's defaults.
    public init() {}
  }
}

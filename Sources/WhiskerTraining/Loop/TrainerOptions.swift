import WhiskerData
import WhiskerCore
import WhiskerNN

extension Trainer {
  /// The options of the training loop.
  public struct Options: Sendable {
    /// The passes over the training samples.
    public var epochs = 10
    /// The samples of a step, at most the capacity of the network.
    public var batchSize = 128
    /// Decides the order, the augmentation and the dropout.
    public var seed: UInt64 = 0
    /// The learning rate schedule.
    public var schedule = LearningRateSchedule.constant
    /// How the dropout rates adapt; nil for fixed rates.
    public var dropoutAdaptation: DropoutAdaptation?
    /// The metric that decides which weights are best.
    public var monitor = Monitor.validationLoss
    /// Training stops when the monitored metric has not improved for this many epochs; nil for never.
    public var patience: Int?
    /// The steps between additional validations within an epoch; nil for none.
    public var validateEvery: Int?
    /// The steps between additional checkpoints within an epoch; nil for none.
    public var checkpointEvery: Int?
    /// The least time between the checkpoints at the ends of epochs that bring no better weights; zero for a checkpoint after every
    /// epoch. Several processes make one after every epoch. The result of a resumed training does not depend on it.
    public var checkpointInterval = Duration.zero
    /// The weight of a sample's loss by class; nil for 1 each.
    public var classWeights: [Double]?
    /// The label smoothing of the training loss, 0 to below 1; nil for none. Validation losses are without.
    public var labelSmoothing: Double?
    /// The maximum norm of the gradients of all parameters together, above 0; nil for any.
    public var clipNorm: Double?
    /// The workers and the depth of the read-ahead.
    public var readAhead = ReadAhead(workers: 1)
    /// What happens when a sample cannot be read.
    public var policy = BatchStream.ErrorPolicy.skip
    /// The augmentation of the training samples; validation samples are never augmented.
    public var augmentation = Augmentation()
    /// The mixing of the training samples of a batch.
    public var mixing = SampleMixing()
    /// The summary of the model whose weights the training starts from: they are measured before the first epoch. Nil for random
    /// weights.
    var start: Model.TrainingSummary?
    /// The processes that train together, each on a part of every batch.
    public var communicator: any Communicator = SingleProcess()

    /// Keras's defaults.
    public init() {}

    /// The targets of the training loss.
    /// - Parameter batchSize: The number of samples of the whole batch.
    func targets(of batch: Batch, batchSize: Int) -> SoftmaxCrossEntropy.Targets {
      var targets = SoftmaxCrossEntropy.Targets(
        batch.labels, smoothing: labelSmoothing ?? 0, classWeights: classWeights, batchSize: batchSize)
      targets.mixture = batch.second.map { .init(labels: $0.labels, weights: $0.shares) }
      return targets
    }

    /// The clipping of gradients; nil for none.
    var clipping: GradientClipping? { clipNorm.map { GradientClipping(maximumNorm: $0) } }
  }
}

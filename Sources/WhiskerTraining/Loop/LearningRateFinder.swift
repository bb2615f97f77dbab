import Glibc
import WhiskerCore
import WhiskerData
import WhiskerNN

/// A short training whose learning rate rises exponentially from step to step, to find a rate to train with.
struct LearningRateFinder {
  private let network: Network
  private let optimizer: any Optimizer
  private let training: SampleSet
  private let options: Trainer.Options

  /// Trains `network`, which is changed, on `training`.
  init(_ network: Network, _ optimizer: any Optimizer, training: SampleSet, options: Trainer.Options) {
    (self.network, self.optimizer, self.training, self.options) = (network, optimizer, training, options)
  }

  /// Makes up to `steps` steps with rates from the lower to the upper bound of `rates`, each the same multiple of the one
  /// before. It ends early when the loss is a multiple of the lowest one.
  /// - Parameter shouldStop: Called after every step, with the curve so far.
  /// - Throws: `TrainingError` when no sample can be read; `SampleFailure` where the policy is to fail.
  func curve(
    steps: Int, rates: ClosedRange<Double>, shouldStop: (LearningRateCurve) -> Bool
  ) throws -> LearningRateCurve {
    var curve = LearningRateCurve()
    let step = TrainingStep(network, optimizer, options)
    let factor = rates.upperBound / rates.lowerBound
    var epoch = 1
    while curve.points.count < steps {
      let batches = self.batches(epoch)
      let before = curve.points.count
      while curve.points.count < steps, let share = try batches.next() {
        let place = Double(curve.points.count) / Double(max(1, steps - 1))
        optimizer.learningRate = rates.lowerBound * pow(factor, place)
        var totals = SoftmaxCrossEntropy.Totals()
        let pass = Pass.training(seed: options.seed, step: UInt32(truncatingIfNeeded: optimizer.steps))
        let views = FeatureViews(training.dataset.preprocessing, epoch: epoch)
        step.train(network, share.part, views, pass, into: &totals)
        curve.add(rate: optimizer.learningRate, loss: totals.lossSum / Double(share.part.count))
        if shouldStop(curve) || curve.isDiverged { return curve }
      }
      guard curve.points.count > before else {
        throw TrainingError("none of the \(training.count) training samples can be read")
      }
      epoch += 1
    }
    return curve
  }

  private func batches(_ epoch: Int) -> EpochBatches {
    EpochBatches(
      training, order: training.shuffled(seed: options.seed, epoch: epoch)[...], without: [], epoch: epoch,
      grain: network.specification.samplesPerMask, options)
  }
}

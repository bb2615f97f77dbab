import WhiskerCore
import WhiskerData
import WhiskerNN

/// The step of a single process: the forward pass, the loss, the backward pass, and the optimizer's step.
final class TrainingStep {
  private let optimizer: any Optimizer
  private let options: Trainer.Options
  private let logitsGradient: Tensor

  init(_ network: Network, _ optimizer: any Optimizer, _ options: Trainer.Options) {
    (self.optimizer, self.options) = (optimizer, options)
    logitsGradient = Tensor(shape: [network.capacity, network.classCount])
  }

  /// Makes a step, and adds the batch's loss before it to `totals`.
  /// - Parameter network: The network of the samples' size.
  func train(
    _ network: Network, _ batch: Batch, _ views: FeatureViews, _ pass: Pass,
    into totals: inout SoftmaxCrossEntropy.Totals
  ) {
    SoftmaxCrossEntropy.measure(
      views.forward(batch, through: network, pass: pass), options.targets(of: batch, batchSize: batch.count),
      classCount: network.classCount, gradient: logitsGradient, into: &totals)
    guard let clipping = options.clipping else {
      return network.backward(logitsGradient, count: batch.count, updating: optimizer)
    }
    // The norm is known only after the last gradient, so that the step cannot be fused into the backward pass.
    network.backward(logitsGradient, count: batch.count)
    clipping.clip(network.trainableParameters, network.pool)
    optimizer.step(network.pool)
  }
}

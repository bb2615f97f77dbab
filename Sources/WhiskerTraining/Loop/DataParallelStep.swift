import WhiskerData
import WhiskerNN
import WhiskerCore

/// The step of processes that train one network together. Each computes the gradients of its part of every batch, which are then
/// summed; every process makes the same step with the sums, so that the weights are the same everywhere.
final class DataParallelStep {
  /// The result of a step of all processes.
  struct Step {
    let totals: SoftmaxCrossEntropy.Totals
    /// Whether one of the processes was asked to stop.
    let isStopRequested: Bool
  }

  private let optimizer: any Optimizer
  private let options: Trainer.Options
  private let gradients: GradientAllReduce
  private let logitsGradient: Tensor
  private(set) var traffic: AllReduceStatistics

  /// A step of the processes of `options`.
  /// - Parameter networks: Networks that share their parameters, at least one.
  init(_ networks: [Network], _ optimizer: any Optimizer, _ options: Trainer.Options) {
    (self.optimizer, self.options) = (optimizer, options)
    let (communicator, network) = (options.communicator, networks[0])
    gradients = GradientAllReduce(network.trainableParameters, over: communicator)
    for network in networks { network.synchronize(over: communicator) }
    logitsGradient = Tensor(shape: [network.capacity, network.classCount])
    traffic = AllReduceStatistics(processes: communicator.size, bytes: gradients.byteCount)
  }

  private var communicator: any Communicator { options.communicator }

  /// Makes a step with this process's part of a batch.
  /// - Parameter network: The network of the samples' size.
  func train(
    _ network: Network, _ share: EpochBatches.Share, _ views: FeatureViews, _ pass: Pass,
    isStopRequested: Bool
  ) -> Step {
    let start = ContinuousClock.now
    let part = share.part
    var totals = SoftmaxCrossEntropy.Totals()
    // A process without samples takes part in the sums of batch norm.
    if part.count > 0 || !network.buffers.isEmpty {
      var pass = pass
      // The masks depend on the position in the whole batch.
      pass.firstRow = UInt32(share.places.lowerBound)
      SoftmaxCrossEntropy.measure(
        views.forward(part, through: network, pass: pass),
        options.targets(of: part, batchSize: share.batch.count),
        classCount: network.classCount, gradient: logitsGradient, into: &totals)
    }
    var sums = [totals.lossSum, Double(totals.correct), isStopRequested ? 1 : 0]
    sums.withUnsafeMutableBufferPointer { sums in
      communicator.startAllReduce(sums)
      network.backward(logitsGradient, count: part.count, reducing: gradients)
    }
    options.clipping?.clip(network.trainableParameters, network.pool)
    optimizer.step(network.pool)
    (totals.lossSum, totals.correct) = (sums[0], Int(sums[1]))
    traffic.steps += 1
    traffic.seconds += (ContinuousClock.now - start) / .seconds(1)
    traffic.waitingSeconds = gradients.waitingSeconds
    return Step(totals: totals, isStopRequested: sums[2] > 0)
  }

  /// Whether one of the processes was asked to stop.
  func isStopRequested(_ isRequested: Bool) -> Bool { communicator.sum([isRequested ? 1 : 0])[0] > 0 }

  /// The first process's report, in all processes.
  func agree(on report: EpochReport) throws -> EpochReport {
    try communicator.broadcast(report)
  }
}

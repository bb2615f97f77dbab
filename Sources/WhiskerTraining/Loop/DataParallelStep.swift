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

  private let communicator: any Communicator
  private let network: Network
  private let gradients: GradientAllReduce
  private let logitsGradient: Tensor
  private(set) var traffic: AllReduceStatistics

  init(_ communicator: any Communicator, _ network: Network) {
    (self.communicator, self.network) = (communicator, network)
    gradients = GradientAllReduce(network.parameters, over: communicator)
    logitsGradient = Tensor(shape: [network.capacity, network.classCount])
    traffic = AllReduceStatistics(processes: communicator.size, bytes: gradients.byteCount)
  }

  /// Makes a step with this process's part of a batch.
  func train(
    _ share: EpochBatches.Share, _ optimizer: any Optimizer, _ pass: Pass, classWeights: [Double]?,
    isStopRequested: Bool
  ) -> Step {
    let start = ContinuousClock.now
    let part = share.part
    var totals = SoftmaxCrossEntropy.Totals()
    if part.count > 0 {
      var pass = pass
      // The masks depend on the position in the whole batch.
      pass.firstRow = UInt32(share.places.lowerBound)
      SoftmaxCrossEntropy.measure(
        network.forward(part, pass: pass), labels: part.labels, classCount: network.classCount,
        classWeights: classWeights, batchSize: share.batch.count, gradient: logitsGradient, into: &totals)
    }
    var sums = [totals.lossSum, Double(totals.correct), isStopRequested ? 1 : 0]
    sums.withUnsafeMutableBufferPointer { sums in
      communicator.startAllReduce(sums)
      network.backward(logitsGradient, count: part.count, reducing: gradients)
    }
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

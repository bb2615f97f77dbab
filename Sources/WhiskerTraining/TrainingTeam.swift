import WhiskerData
import WhiskerNN
import WhiskerTensor

/// The processes that train one network together. Each computes the gradients of its part of every batch, which are then
/// added up; every process makes the same step with them, so that the weights are the same everywhere.
final class TrainingTeam {
  /// What a step of all processes came to.
  struct Step {
    let totals: SoftmaxCrossEntropy.Totals
    /// Whether somebody wishes one of the processes to end.
    let isStopWished: Bool
  }

  private let job: any Communicator
  private let network: Network
  private let gradients: GradientSum
  private let logitsGradient: Tensor
  private(set) var traffic: GradientTraffic

  init(_ job: any Communicator, _ network: Network) {
    (self.job, self.network) = (job, network)
    gradients = GradientSum(network.parameters, over: job)
    logitsGradient = Tensor(shape: [network.capacity, network.classCount])
    traffic = GradientTraffic(processes: job.size, bytes: gradients.byteCount)
  }

  /// Makes a step with this process's share of a batch.
  func train(
    _ share: EpochBatches.Share, _ optimizer: any Optimizer, _ pass: Pass, classWeights: [Double]?,
    isStopWished: Bool
  ) -> Step {
    let start = ContinuousClock.now
    let part = share.part
    var totals = SoftmaxCrossEntropy.Totals()
    if part.count > 0 {
      var pass = pass
      // The masks are those that the samples have in the whole batch.
      pass.firstRow = UInt32(share.places.lowerBound)
      SoftmaxCrossEntropy.measure(
        network.forward(part, pass: pass), labels: part.labels, classCount: network.classCount,
        classWeights: classWeights, batchSize: share.batch.count, gradient: logitsGradient, into: &totals)
    }
    var sums = [totals.lossSum, Double(totals.correct), isStopWished ? 1 : 0]
    sums.withUnsafeMutableBufferPointer { sums in
      job.beginSum(sums)
      network.backward(logitsGradient, count: part.count, adding: gradients)
    }
    optimizer.step(network.pool)
    (totals.lossSum, totals.correct) = (sums[0], Int(sums[1]))
    traffic.steps += 1
    traffic.seconds += (ContinuousClock.now - start) / .seconds(1)
    traffic.waitingSeconds = gradients.waitingSeconds
    return Step(totals: totals, isStopWished: sums[2] > 0)
  }

  /// Whether somebody wishes one of the processes to end.
  func isStopWished(_ isWished: Bool) -> Bool { job.sum([isWished ? 1 : 0])[0] > 0 }

  /// What the first process has measured, for all.
  func agree(on report: EpochReport) throws -> EpochReport {
    try job.broadcast(report)
  }
}

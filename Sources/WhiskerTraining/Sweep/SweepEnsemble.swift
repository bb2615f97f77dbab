import WhiskerData
import WhiskerNN

extension Sweep {
  /// Makes one model of all seeds', and measures it on what all of them held back.
  /// - Returns: How it does; nil where all trainings failed.
  func writtenEnsemble() throws -> EpochReport.Measure? {
    let models = try record.trainings.filter { $0.failure == nil }.map { try Model(runFolder(of: $0).best) }
    guard let first = models.first, let split = data.split(of: configuration.seeds[0]) else { return nil }
    var summary = Model.TrainingSummary(seed: configuration.seeds[0], steps: first.summary.steps, report: nil)
    summary.epoch = first.summary.epoch
    try Model.write(ensemble: models, summary: summary, to: place.run.best)
    let base = configuration.base
    let ensemble = try Model(place.run.best).classifier(
      capacity: min(base.batchSize, split.validation.count), pool: ComputePool(threads: base.threads))
    let evaluation = try Evaluator(ensemble, lanes: base.lanes, policy: base.onError).measure(
      split.validation)
    summary.validationLoss = evaluation.loss
    summary.validationAccuracy = evaluation.accuracy
    try Model.write(ensemble: models, summary: summary, to: place.run.best)
    return .init(loss: evaluation.loss, accuracy: evaluation.accuracy)
  }
}

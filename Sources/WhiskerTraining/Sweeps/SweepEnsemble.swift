import WhiskerData
import WhiskerNN

extension Sweep {
  /// Writes the ensemble of all seeds, and measures it on the common validation samples.
  /// - Returns: Its loss and accuracy; nil if all trainings failed.
  func writtenEnsemble() throws -> EpochReport.Measure? {
    let models = try record.trainings.filter { $0.failure == nil }.map { try Model(runFolder(of: $0).best) }
    guard let first = models.first, let split = data.split(of: configuration.seeds[0]) else { return nil }
    var summary = Model.TrainingSummary(seed: configuration.seeds[0], steps: first.summary.steps, report: nil)
    summary.epoch = first.summary.epoch
    try Model.write(ensemble: models, summary: summary, to: place.run.best)
    let base = configuration.base
    let ensemble = try Model(place.run.best).classifier(
      of: split.validation.dataset.preprocessing,
      capacity: min(base.optimization.batchSize, split.validation.count),
      pool: ComputePool(threads: base.execution.threads))
    let result = try Evaluator(ensemble, readAhead: base.readAhead, policy: base.data.onError)
      .measureInDetail(
        split.validation)
    together = SweepMeasurement(
      result: result, dataset: split.validation.dataset,
      modelFiles: Dictionary(
        uniqueKeysWithValues: result.details.worst.samples.map { ($0.index, place.run.best) }))
    let evaluation = result.evaluation
    summary.validationLoss = evaluation.loss
    summary.validationAccuracy = evaluation.accuracy
    try Model.write(
      ensemble: models, summary: summary, temperature: result.temperature, to: place.run.best)
    return .init(loss: evaluation.loss, accuracy: evaluation.accuracy)
  }
}

import WhiskerCore
import WhiskerData
import WhiskerNN

extension Sweep {
  /// Writes the prediction for every sample by the model of the fold that held it back, and measures all of them together.
  /// - Parameter shouldStop: Called for every sample.
  /// - Returns: The measurement; nil if no fold could be measured, or it was stopped.
  func measuredFolds(shouldStop: @escaping () -> Bool) throws -> OutOfFold? {
    let classes = data.source.classNames
    var evaluation = Evaluation(classCount: classes.count)
    var details = EvaluationDetails.shown(classCount: classes.count)
    var folds: [OutOfFold.Fold] = []
    var table: PredictionTable?
    for training in record.trainings where training.failure == nil {
      guard let fold = configuration.fold(of: training.seed), let split = data.split(of: training.seed) else {
        continue
      }
      let file = try table ?? PredictionTable(place.predictions, dataset: split.validation.dataset)
      table = file
      do {
        let measured = try evaluator(of: training, split.validation).measure(split.validation) { result in
          if shouldStop() { throw StoppedMeasurement() }
          details.add(result)
          try file.add(result, fold: fold.number)
        }
        guard measured.count > 0 else { continue }
        evaluation.add(measured)
        folds.append(
          .init(fold: fold.number, samples: measured.count, accuracy: measured.accuracy, loss: measured.loss))
      } catch is StoppedMeasurement {
        return nil
      }
    }
    guard let table, evaluation.count > 0 else { return nil }
    try table.commit()
    let result = EvaluationResult(evaluation: evaluation, details: details)
    together = SweepMeasurement(
      result: result, dataset: table.dataset, modelFiles: modelFiles(of: details.worst.samples))
    return OutOfFold(result, folds, classes: classes)
  }

  /// The models of the folds that held back some samples, by the index of the sample.
  private func modelFiles(of samples: [TopLosses.Sample]) -> [Int: String] {
    let wanted = Set(samples.map(\.index))
    var files: [Int: String] = [:]
    for training in record.trainings where training.failure == nil {
      guard let split = data.split(of: training.seed) else { continue }
      for index in split.validation.indices where wanted.contains(Int(index)) {
        files[Int(index)] = runFolder(of: training).best
      }
    }
    return files
  }

  private func evaluator(of training: SweepTraining, _ samples: SampleSet) throws -> Evaluator {
    let base = configuration.base
    let network = try Model(runFolder(of: training).best).classifier(
      of: samples.dataset.preprocessing, capacity: min(base.optimization.batchSize, samples.count),
      pool: ComputePool(threads: base.execution.threads))
    return Evaluator(network, readAhead: base.readAhead, policy: base.data.onError)
  }
}

private struct StoppedMeasurement: Error {}

/// The file of out-of-fold predictions: a row per sample, fold by fold.
private final class PredictionTable {
  private let table: CSVTable
  let dataset: any Dataset

  init(_ path: String, dataset: any Dataset) throws {
    self.dataset = dataset
    let columns = ["path", "class", "predicted", "probability", "loss", "fold"]
    table = try CSVTable(path, columns: columns + ClassColumns.names(dataset.classNames, beside: columns))
  }

  func add(_ result: SampleResult, fold: Int) throws {
    try table.add(
      [
        dataset.name(at: result.index), dataset.classNames[result.label],
        dataset.classNames[result.predicted],
        fixed(result.confidence, 6), fixed(result.loss, 6), "\(fold)",
      ] + result.probabilities.map { fixed($0, 6) })
  }

  func commit() throws { try table.commit() }
}

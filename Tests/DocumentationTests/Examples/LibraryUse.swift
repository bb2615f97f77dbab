import WhiskerData
import WhiskerNN
import WhiskerReport
import WhiskerTraining

/// Trains on a folder of pictures.
func train(photos: String, runs: String, print: (String) -> Void) throws -> TrainingOutcome {
  var configuration = TrainingConfiguration(data: photos)
  configuration.optimization.epochs = 5
  configuration.data.augmentation.flip = 0.5
  configuration.model.network = try NetworkPreset.dropoutCNN.specification.withDropout([0.4])
  let session = try TrainingSession(configuration)
  let run = try RunFolder.next(in: runs)
  let outcome = try session.run(in: run, observers: [RunReporter(run), EventRecorder(run)]) { event in
    guard case .epochEnded(let epoch) = event else { return }
    print("epoch \(epoch.epoch): loss \(epoch.loss), val_loss \(epoch.validationLoss ?? 0)")
  }
  return outcome
}

/// Goes on with a run.
func resume(run: String) throws -> TrainingOutcome {
  let folder = try RunFolder.resuming(run)
  let checkpoint = try Checkpoint(folder)
  var configuration = checkpoint.configuration
  configuration.optimization.epochs += 2
  let session = try TrainingSession(resuming: checkpoint, in: folder, configuration)
  return try session.run(in: folder) { _ in }
}

/// Predicts pictures.
func predict(run: String, pictures: [String], print: (String) -> Void) throws {
  let model = try Model(run)
  try Predictor(model).predict(PictureStream(pictures)) { answer in
    guard case .success(let prediction) = answer.result else { return }
    let best = prediction.top(1)[0]
    print("\(answer.path): \(model.classNames[best]), \(prediction.probabilities[best])")
  }
}

/// Measures a model on a folder of pictures.
func evaluate(run: String, photos: String, print: (String) -> Void) throws {
  let model = try Model(run)
  let source = try DataSource.open(photos, model.preprocessing)
  let samples = SampleSet(source.splits[source.evaluationSplit]!)
  let network = try model.network(capacity: 128, pool: ComputePool(threads: Machine.cores))
  let evaluation = try Evaluator(network, readAhead: .init(workers: Machine.cores)).measure(samples)
  print("accuracy \(evaluation.accuracy), loss \(evaluation.loss)")
}

import WhiskerData
import WhiskerReport
import WhiskerTraining

/// A use of the libraries as a package that depends on them would write it.
func libraryExample(photos: String, runs: String, picture: String, print: (String) -> Void) throws {
  var configuration = TrainingConfiguration(data: photos)
  configuration.optimization.epochs = 20
  let session = try TrainingSession(configuration)
  let run = try RunFolder.next(in: runs)
  try session.run(in: run, observers: [RunReporter(run)]) { event in
    guard case .epochEnded(let epoch) = event else { return }
    print("epoch \(epoch.epoch): \(epoch.validationAccuracy ?? 0)")
  }

  let model = try Model(run.best)
  try Predictor(model).predict(PictureStream([picture])) { answer in
    let prediction = try answer.result.get()
    let best = prediction.top(1)[0]
    print("\(answer.path): \(model.classNames[best]), \(prediction.probabilities[best])")
  }
}

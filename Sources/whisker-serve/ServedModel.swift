import WhiskerData
import WhiskerServing
import WhiskerTraining

/// The model, and the queue that predicts with it.
struct ServedModel {
  let model: Model
  let queue: PredictionQueue

  /// - Throws: `FileError` when the model cannot be used; `ResourceError` when the system has no threads.
  init(_ settings: ServerSettings) throws {
    var model = try Model(settings.model)
    let prediction = settings.prediction
    model.testTimeAugmentation = prediction.augmentation.flatMap { TestTimeAugmentation(rawValue: $0) }
    let predictor = try Predictor(
      model, threads: prediction.threads, readAhead: ReadAhead(workers: 0),
      maximumPixels: settings.limits.pixels, allowsTruncated: prediction.allowsTruncated)
    queue = try PredictionQueue(predictor, workers: prediction.workers, limit: settings.limits.queue)
    self.model = model
  }
}

import WhiskerCore
import WhiskerData

/// Decoding and prediction as two steps, for a caller that has the pictures in memory and decodes on threads of its own.
extension Predictor {
  /// Decodes pictures to the samples of the model.
  package var pictureDecoder: ImageDecoder { decoder }

  /// The predictions for samples `[height, width, channels]`, at most `batchSize` of them. That of a sample does not depend on
  /// the others.
  /// - Throws: `FileError` when the model is damaged.
  package func predictions(forSamples samples: [[UInt8]]) throws -> [Prediction] {
    var predictions: [Prediction] = []
    try predict(samples.map { (name: "", sample: .success($0)) }) {
      predictions.append(try $0.result.get())
    }
    return predictions
  }
}

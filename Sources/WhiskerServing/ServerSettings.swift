import WhiskerTraining

/// What `whisker serve` passes to the program that serves, as JSON.
package struct ServerSettings: Codable, Sendable {
  /// The path of the model file or the run folder.
  package var model: String
  /// The IP address to listen on.
  package var host: String
  /// The port; 0 for any free one.
  package var port: UInt16
  /// Further names of the server in the header Host.
  package var allowedHosts: [String]
  package var limits: Limits
  package var prediction: Prediction

  package init(
    model: String, host: String, port: UInt16, allowedHosts: [String], limits: Limits, prediction: Prediction
  ) {
    (self.model, self.host, self.port) = (model, host, port)
    (self.allowedHosts, self.limits, self.prediction) = (allowedHosts, limits, prediction)
  }

  package struct Limits: Codable, Sendable {
    /// The bytes of a request's body.
    package var body: Int
    package var connections: Int
    /// The pictures that wait.
    package var queue: Int
    /// The seconds for a request to arrive, and for its response to be read.
    package var seconds: Int
    /// The pixels of a picture.
    package var pixels: Int

    package init(body: Int, connections: Int, queue: Int, seconds: Int, pixels: Int) {
      (self.body, self.connections, self.queue, self.seconds, self.pixels) = (
        body, connections, queue, seconds, pixels
      )
    }
  }

  package struct Prediction: Codable, Sendable {
    package var workers: Int
    package var threads: Int
    package var topK: Int?
    package var threshold: Double
    /// Whether damaged pictures are used as far as they decode.
    package var allowsTruncated: Bool
    /// The name of the test-time augmentation.
    package var augmentation: String?

    package init(
      workers: Int, threads: Int, topK: Int?, threshold: Double, allowsTruncated: Bool, augmentation: String?
    ) {
      (self.workers, self.threads, self.topK, self.threshold) = (workers, threads, topK, threshold)
      (self.allowsTruncated, self.augmentation) = (allowsTruncated, augmentation)
    }
  }
}

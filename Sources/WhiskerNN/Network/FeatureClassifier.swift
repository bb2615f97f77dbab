import WhiskerCore

/// A classifier in two parts: first layers that compute the features of one picture after the other, and a network or an
/// ensemble that classifies the features. Its memory does not grow with the first layers' activations times the batch.
package final class FeatureClassifier: Classifier {
  package let inputShape: FeatureShape
  /// The classifier of the features.
  package let head: any Classifier
  private let features: PictureNetwork
  private let pool: ComputePool
  /// `[capacity, features]`
  private let values: Tensor
  /// The picture of the last sampling pass, whose features are in the first row.
  private var sampled: [UInt8] = []

  /// - Parameter features: The first layers.
  /// - Parameter input: The shape of a picture, a map of 1 or 3 channels.
  /// - Parameter head: A classifier of vectors of their output.
  package init(_ features: PictureNetwork, input: FeatureShape, head: any Classifier, pool: ComputePool) {
    precondition(head.inputShape == .vector(features.outputCount), "the head must classify the features")
    (self.features, inputShape, self.head, self.pool) = (features, input, head, pool)
    values = Tensor(shape: [head.capacity, features.outputCount])
  }

  package var classCount: Int { head.classCount }
  package var capacity: Int { head.capacity }

  package func forward(count: Int, pass: Pass, _ address: (Int) -> UnsafePointer<UInt8>) -> Tensor {
    let (size, rows) = (features.outputCount, values.elements)
    if pass.isSampling {
      computeOnce(address(0))
    } else {
      sampled = []
      pool.run(count) { index, _ in features.compute(address(index), into: rows + index * size) }
    }
    // In sampling, all rows are the same picture.
    let stride = pass.isSampling ? 0 : size
    let bytes = UnsafeRawPointer(rows).assumingMemoryBound(to: UInt8.self)
    return head.forward(count: count, pass: pass) { bytes + $0 * stride * MemoryLayout<Float>.stride }
  }

  /// Computes the features of a picture, unless they are those of the last one.
  private func computeOnce(_ picture: UnsafePointer<UInt8>) {
    let pixels = UnsafeBufferPointer(start: picture, count: inputShape.count)
    guard !sampled.elementsEqual(pixels) else { return }
    features.compute(picture, into: values.elements)
    sampled = Array(pixels)
  }
}

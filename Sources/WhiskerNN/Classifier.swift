import WhiskerTensor

/// What tells the classes of images: a network, or several whose answers are averaged.
///
/// It belongs to one thread.
public protocol Classifier: AnyObject {
  /// The shape of an input sample, a map of 1 or 3 channels.
  var inputShape: FeatureShape { get }
  /// The number of outputs.
  var classCount: Int { get }
  /// The most samples in one pass.
  var capacity: Int { get }

  /// Computes the logits `[count, classes]` of images that lie anywhere.
  /// - Parameter address: Where the image at an index below `count` lies, `[height, width, channels]`. It is asked by all
  ///   threads.
  func forward(count: Int, pass: Pass, _ address: (Int) -> UnsafePointer<UInt8>) -> Tensor
}

extension Classifier {
  /// Computes the logits `[count, classes]` of images `[count, height, width, channels]`.
  public func forward(_ images: [UInt8], count: Int, pass: Pass) -> Tensor {
    let size = inputShape.count
    precondition(images.count >= count * size, "the images are there")
    return images.withUnsafeBufferPointer { images in
      forward(count: count, pass: pass) { images.baseAddress! + $0 * size }
    }
  }
}

extension Network: Classifier {}

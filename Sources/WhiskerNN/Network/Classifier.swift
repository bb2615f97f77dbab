import WhiskerCore

/// An image classifier: a network or an ensemble.
///
/// It is not thread-safe.
public protocol Classifier: AnyObject {
  /// The shape of an input sample, a map of 1 or 3 channels.
  var inputShape: FeatureShape { get }
  /// The number of outputs.
  var classCount: Int { get }
  /// The maximum number of samples in one pass.
  var capacity: Int { get }

  /// The classifier whose predictions this one averages over variants of a picture; otherwise itself.
  var plain: any Classifier { get }

  /// Computes the logits `[count, classes]` of images.
  /// - Parameter address: Returns the address of the image at an index below `count`, `[height, width, channels]`. It is
  ///   called from all threads of the pool.
  func forward(count: Int, pass: Pass, _ address: (Int) -> UnsafePointer<UInt8>) -> Tensor
}

extension Classifier {
  public var plain: any Classifier { self }

  /// Computes the logits `[count, classes]` of images `[count, height, width, channels]`.
  public func forward(_ images: [UInt8], count: Int, pass: Pass) -> Tensor {
    let size = inputShape.count
    precondition(images.count >= count * size, "there must be `count` images")
    return images.withUnsafeBufferPointer { images in
      forward(count: count, pass: pass) { images.baseAddress! + $0 * size }
    }
  }
}

extension Network: Classifier {}

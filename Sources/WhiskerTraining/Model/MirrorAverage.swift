import Glibc
import WhiskerCore
import WhiskerNN

/// How predictions are averaged over variants of a picture (test-time augmentation).
public enum TestTimeAugmentation: String, Sendable, CaseIterable {
  /// The picture and its mirror image, left and right exchanged.
  case flip
}

/// A classifier whose prediction is the mean of the probabilities of a picture and of its mirror image. Its logits are the
/// logarithms of the means, as those of `Ensemble`.
public final class MirrorAverage: Classifier {
  private let base: any Classifier
  private let mirrored: UnsafeMutableBufferPointer<UInt8>
  private let logits: Tensor

  /// Averages the predictions of `base`.
  public init(_ base: any Classifier) {
    self.base = base
    mirrored = .allocate(capacity: base.capacity * base.inputShape.count)
    logits = Tensor(shape: [base.capacity, base.classCount])
  }

  deinit { mirrored.deallocate() }

  public var plain: any Classifier { base }
  public var inputShape: FeatureShape { base.inputShape }
  public var classCount: Int { base.classCount }
  public var capacity: Int { base.capacity }

  public func forward(count: Int, pass: Pass, _ address: (Int) -> UnsafePointer<UInt8>) -> Tensor {
    guard let mirrors = UnsafePointer(mirrored.baseAddress) else { return logits }
    let size = inputShape.count
    for index in 0..<count { mirror(address(index), to: index * size) }
    let plain = logProbabilities(base.forward(count: count, pass: pass, address), count: count)
    let other = logProbabilities(base.forward(count: count, pass: pass) { mirrors + $0 * size }, count: count)
    for index in 0..<count * classCount {
      // log((e^a + e^b) / 2), without underflow.
      let (high, low) = (max(plain[index], other[index]), min(plain[index], other[index]))
      logits[index] = Float(high + log1p(exp(low - high)) - log(2))
    }
    return logits
  }

  private func logProbabilities(_ logits: Tensor, count: Int) -> [Double] {
    (0..<count).flatMap { SoftmaxCrossEntropy.logProbabilities(logits, row: $0, classCount: classCount) }
  }

  /// Copies an image `[height, width, channels]` with its columns reversed.
  private func mirror(_ image: UnsafePointer<UInt8>, to start: Int) {
    guard case .map(let channels, let height, let width) = inputShape else {
      preconditionFailure("the input must be a map")
    }
    for pixel in 0..<height * width {
      let column = pixel % width
      let (source, target) = (channels * pixel, start + channels * (pixel - column + width - 1 - column))
      for channel in 0..<channels { mirrored[target + channel] = image[source + channel] }
    }
  }
}

import CKernels
import WhiskerCore

/// The number of samples in a block. For each feature, the values of a block's samples are contiguous.
let blockSize = Int(WHISKER_BLOCK)

/// The number of blocks that hold `count` samples.
func blockCount(_ count: Int) -> Int { (count + blockSize - 1) / blockSize }

/// The values between two layers: one per sample of a batch and feature, in blocks `[blocks, features, 16]`.
package final class Activations {
  package let features: Int
  let elements: UnsafeMutablePointer<Float>
  private let memory: Buffer<Float>

  /// Values for up to `capacity` samples: zeros, or in an `ActivationArena` any values.
  package init(features: Int, capacity: Int) {
    self.features = features
    let count = blockCount(capacity) * features * blockSize
    if let arena = ActivationArena.current {
      (memory, elements) = arena.take(count)
    } else {
      memory = Buffer(count: count)
      elements = memory.elements
    }
  }

  /// The number of floats in a block.
  var blockStride: Int { features * blockSize }

  /// The address of a block.
  func block(_ index: Int) -> UnsafeMutablePointer<Float> { elements + index * blockStride }

  /// The value of one feature of one sample.
  package subscript(sample: Int, feature: Int) -> Float {
    get { elements[place(sample, feature)] }
    set { elements[place(sample, feature)] = newValue }
  }

  private func place(_ sample: Int, _ feature: Int) -> Int {
    (sample / blockSize * features + feature) * blockSize + sample % blockSize
  }
}

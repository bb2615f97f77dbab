import WhiskerData
import WhiskerNN
import WhiskerCore

/// An upper bound of the memory that a network needs, known before it is allocated. Small buffers are not counted.
package struct NetworkMemory {
  /// In bytes.
  package let need: Int

  /// The memory of a network for `capacity` samples at a time.
  /// - Parameter isTrained: Whether to include gradients and an optimizer with two values per parameter.
  /// - Throws: `NetworkError` when the layers do not fit each other.
  package init(
    _ specification: NetworkSpecification, input: FeatureShape, classCount: Int, capacity: Int, threads: Int,
    isTrained: Bool
  ) throws {
    let layers = specification.layers
    let shapes = [input] + (try specification.shapes(input: input, classCount: classCount))
    // Kernels take samples in blocks of 16.
    let size = Size(capacity: (capacity + 15) / 16 * 16, threads: threads)
    // The images' bytes, and the values made of them.
    var values = 2 * input.count * size.capacity
    var index = 0
    while index < layers.count {
      let (layer, before, after) = (layers[index], shapes[index], shapes[index + 1])
      // Values and gradients, the optimizer's state, and the copies for reading and writing files.
      values += layer.parameterCount(input: before, output: after) * (isTrained ? 6 : 3)
      let isFused = layers[index...].dropFirst().starts(with: [.relu, .maxPool(size: 2)])
      switch (layer, before) {
      case (.convolution(let filters, let kernel), .map(let channels, let height, let width)) where isFused:
        let filter = (count: filters, taps: channels * kernel * kernel)
        values += size.pooledConvolution(
          filter, channels: channels, height: height, width: width, pooled: shapes[index + 3].count)
        index += 2
        // Dropout after the pool is fused too.
        if index + 1 < layers.count, case .dropout = layers[index + 1] { index += 1 }
      case (.dropConnect, _): values += size.dropConnect(features: before.count, units: after.count)
      case (.dense, _): values += size.dense(features: before.count, units: after.count)
      case (.flatten, _): break
      default: values += size.between(before.count, after.count)
      }
      index += 1
    }
    need = MemoryLayout<Float>.stride * values
  }

  /// The buffers of a layer besides its parameters, in floats.
  private struct Size {
    let capacity: Int
    let threads: Int

    /// The output, the gradient of the input, and the argmax of a pool.
    func between(_ before: Int, _ after: Int) -> Int { (before + 2 * after) * capacity }

    /// The forward pass has up to eight partial sums, and the backward pass the gradient by sample and by unit; each thread has
    /// rows of 64 features.
    func dense(features: Int, units: Int) -> Int {
      (features + 13 * units + 2 * 16 + 64 * threads) * capacity + units
    }

    /// Each thread's masked weights of some units, and of some features.
    func dropConnect(features: Int, units: Int) -> Int {
      let width = min(256, (features + 15) / 16 * 16)
      return between(features, units) + threads * (16 * features + (3 * units + 16) * width + 128)
    }

    /// The pooled output, its argmax, and the threads' buffers; for many channels, a block's input with a pixel's
    /// channels in rows of whole blocks, and an index and a gradient for every argmax, for each thread, sums for up to 32
    /// parts of the batch, and up to 64 transformed values for each channel and filter, with four patches and the products of
    /// up to 32 filters for each thread.
    func pooledConvolution(
      _ filter: (count: Int, taps: Int), channels: Int, height: Int, width: Int, pooled: Int
    ) -> Int {
      let area = height * width
      let common = between(channels * area, pooled) + threads * 16 * (2 * filter.taps + 4 * filter.count)
      guard channels >= 8 else { return common + threads * pooled / filter.count * 16 }
      let row = (channels + 15) / 16 * 16
      let workspace = 16 * (area * row + 2 * pooled + filter.count)
      let argmaxes = threads * workspace + filter.count * (9 * row + min(32, capacity / 16) * (9 * row + 16))
      // One more cache line each avoids aliasing in the cache.
      let tiles = 64 * (64 * channels + 16 + 64 * 32 + 16)
      return common + argmaxes + 64 * filter.count * channels + threads * (tiles + 4 * pooled)
    }
  }

  /// Why the network cannot be run on this machine; nil if it can.
  package var problem: String? {
    let available = MemoryBudget.available
    guard need > available else { return nil }
    return "the network \(MemorySize.shortage(need: need, available: available))"
  }
}

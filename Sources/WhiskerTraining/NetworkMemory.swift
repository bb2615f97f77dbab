import WhiskerData
import WhiskerNN
import WhiskerTensor

/// The memory that a network takes, known before any is taken. It is an upper bound, give or take what is small.
package struct NetworkMemory {
  /// In bytes.
  package let need: Int

  /// What a network needs for `capacity` samples at a time.
  /// - Parameter isTrained: Whether there is an optimizer with two values per parameter beside it.
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
      // Values and gradients, what the optimizer remembers, and the copies that files are read from and written to.
      values += layer.parameterCount(input: before, output: after) * (isTrained ? 6 : 3)
      let isFused = layers[index...].dropFirst().starts(with: [.relu, .maxPool(size: 2)])
      switch (layer, before) {
      case (.convolution(let filters, let kernel), .map(let channels, let height, let width)) where isFused:
        let filter = (count: filters, taps: channels * kernel * kernel)
        values += size.pooledConvolution(
          filter, channels: channels, height: height, width: width, pooled: shapes[index + 3].count)
        index += 2
        // Dropout behind the pool is part of the same pass.
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

  /// What a layer keeps beside its parameters, in floats.
  private struct Size {
    let capacity: Int
    let threads: Int

    /// The output, the gradient by the input, and which value a pool chose.
    func between(_ before: Int, _ after: Int) -> Int { (before + 2 * after) * capacity }

    /// Forward's sums come in up to eight parts, and backward lists the gradient for samples and for units; each thread has
    /// rows of 64 features.
    func dense(features: Int, units: Int) -> Int {
      (features + 13 * units + 2 * 16 + 64 * threads) * capacity + units
    }

    /// What each thread makes of the weights of some units, and of some features.
    func dropConnect(features: Int, units: Int) -> Int {
      let width = min(256, (features + 15) / 16 * 16)
      return between(features, units) + threads * (16 * features + (3 * units + 16) * width + 128)
    }

    /// The pooled output, which position won, and what the threads need; for many channels, a block's input with a pixel's
    /// channels in rows of whole blocks, and a place and a gradient for every winner, for each thread, sums for up to 32
    /// parts of the batch, and up to 64 transformed values for each channel and filter, with four patches and the products of
    /// up to 32 filters for each thread.
    func pooledConvolution(
      _ filter: (count: Int, taps: Int), channels: Int, height: Int, width: Int, pooled: Int
    ) -> Int {
      let area = height * width
      let common = between(channels * area, pooled) + threads * 16 * (2 * filter.taps + 4 * filter.count)
      guard channels >= 8 else { return common + threads * pooled / filter.count * 16 }
      let row = (channels + 15) / 16 * 16
      let room = 16 * (area * row + 2 * pooled + filter.count)
      let winners = threads * room + filter.count * (9 * row + min(32, capacity / 16) * (9 * row + 16))
      // One line more for either keeps them from sharing a place in the cache.
      let tiles = 64 * (64 * channels + 16 + 64 * 32 + 16)
      return common + winners + 64 * filter.count * channels + threads * (tiles + 4 * pooled)
    }
  }

  /// Why the network cannot be run on this machine; nil if it can.
  package var problem: String? {
    let available = MemoryBudget.available
    guard need > available else { return nil }
    return "the network \(MemorySize.shortage(need: need, available: available))"
  }
}

import WhiskerData
import WhiskerNN

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
    // The input, and its bytes.
    var values = 2 * input.count * capacity
    for (index, layer) in layers.enumerated() {
      let (before, after) = (shapes[index], shapes[index + 1])
      let parameters = layer.parameterCount(input: before, output: after)
      // Values and gradients, and what the optimizer remembers.
      values += parameters * (isTrained ? 4 : 2)
      let isFused = layers[index...].dropFirst().starts(with: [.relu, .maxPool(size: 2)])
      if case .convolution(let filters, let kernel) = layer, case .map(let channels, _, _) = before {
        let positions = after.count / filters
        // Gradients by blocks of eight samples, and each thread's patches and their gradients.
        values +=
          parameters * (capacity / 8 + 1) + threads * 2 * positions * (channels * kernel * kernel + 16)
        // The output, unless it is pooled on the way, and the gradient of the input.
        values += ((isFused ? 0 : after.count) + before.count) * capacity
      } else if layer != .flatten {
        values += (after.count + before.count) * capacity
      }
    }
    need = MemoryLayout<Float>.stride * values
  }

  /// Why the network cannot be run on this machine; nil if it can.
  var problem: String? {
    let machine = MemoryBudget.available
    guard need > machine else { return nil }
    return
      "the network needs about \(Self.gigabytes(need)) of memory, and there are \(Self.gigabytes(machine))"
  }

  private static func gigabytes(_ bytes: Int) -> String { "\(max(1, bytes >> 30)) GB" }
}

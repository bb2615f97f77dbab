import WhiskerData
import WhiskerNN

/// The memory that a network takes at the least, known before any is taken.
struct NetworkMemory {
  /// In bytes.
  let need: Int

  /// What a network needs for `capacity` samples at a time.
  /// - Parameter isTrained: Whether there are gradients and an optimizer with two values per parameter beside it.
  /// - Throws: `NetworkError` when the layers do not fit each other.
  init(
    _ specification: NetworkSpecification, input: FeatureShape, classCount: Int, capacity: Int,
    isTrained: Bool
  ) throws {
    let layers = specification.layers
    let shapes = try specification.shapes(input: input, classCount: classCount)
    var parameters = 0
    var features = input.count
    for (index, layer) in layers.enumerated() {
      let before = index > 0 ? shapes[index - 1] : input
      parameters += layer.parameterCount(input: before, output: shapes[index])
      if Self.isKept(layer, before: layers[(index + 1)...]) { features += shapes[index].count }
    }
    need = MemoryLayout<Float>.stride * (parameters * (isTrained ? 4 : 1) + features * capacity)
  }

  /// Why the network cannot be run on this machine; nil if it can.
  var problem: String? {
    let machine = MemoryBudget.automatic * 4
    guard need > machine else { return nil }
    return "the network would need at least \(Self.gigabytes(need)) of memory, and this machine has "
      + Self.gigabytes(machine)
  }

  // A convolution and its ReLU may be computed on the way to the pooled map, and never be in memory as a whole.
  private static func isKept(_ layer: LayerSpecification, before rest: ArraySlice<LayerSpecification>) -> Bool
  {
    switch layer {
    case .relu, .flatten: false
    case .convolution: !rest.starts(with: [.relu, .maxPool(size: 2)])
    case .maxPool, .dropout, .dense: true
    }
  }

  private static func gigabytes(_ bytes: Int) -> String { "\(max(1, bytes >> 30)) GB" }
}

import CKernels
import WhiskerCore

/// A simple activation that replaces the values of a map, and later their gradient, in their own memory.
struct InPlaceActivation {
  private let bounds: ActivationBounds
  private let channels: Int
  private let pool: ComputePool

  init(_ bounds: ActivationBounds, channels: Int, pool: ComputePool) {
    (self.bounds, self.channels, self.pool) = (bounds, channels, pool)
  }

  /// Applies it to some channels of a block.
  func apply(to map: Activations, _ block: Int, _ channels: Range<Int>) {
    let (start, count) = place(in: map, block, channels)
    let values = map.elements + start
    whisker_activation_forward(bounds.function, bounds.slope, count, values, values)
  }

  /// Applies it to a map.
  func apply(to map: Activations, count: Int) {
    forEachGroup(count) { block, channels in apply(to: map, block, channels) }
  }

  /// Turns the gradient with respect to the activation into that with respect to its input.
  /// - Parameter map: The map after the activation, which has the signs and the limits of the map before.
  func mask(_ gradient: Activations, of map: Activations, count: Int) {
    forEachGroup(count) { block, channels in
      let (start, count) = place(in: map, block, channels)
      let values = gradient.elements + start
      whisker_activation_backward(
        bounds.function, bounds.slope, count, map.elements + start, values, values)
    }
  }

  private func place(in map: Activations, _ block: Int, _ channels: Range<Int>) -> (Int, Int64) {
    let channel = map.blockStride / self.channels
    return (block * map.blockStride + channels.lowerBound * channel, Int64(channels.count * channel))
  }

  private func forEachGroup(_ count: Int, _ body: (_ block: Int, _ channels: Range<Int>) -> Void) {
    let blocks = blockCount(count)
    guard blocks > 0 else { return }
    let groups = Chunks(of: channels, parts: (2 * pool.threads + blocks - 1) / blocks)
    pool.run(groups.number * blocks) { task, _ in body(task % blocks, groups[task / blocks]) }
  }
}

extension ActivationBounds {
  /// The kernel of the activation.
  fileprivate var function: whisker_activation {
    guard limit == .infinity else {
      precondition(limit == 6 && slope == 0, "there is a kernel for a limit of 6 only")
      return WHISKER_RELU6
    }
    return slope == 0 ? WHISKER_RELU : WHISKER_LEAKY_RELU
  }
}

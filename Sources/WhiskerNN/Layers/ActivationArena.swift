import WhiskerCore

/// Memory for activations that are needed at different times: they lie in the same place.
final class ActivationArena: @unchecked Sendable {
  /// The arena that new activations of the current thread are in; nil where each has memory of its own.
  @TaskLocal static var current: ActivationArena?

  /// The floats that were taken since the last `reuse`.
  private(set) var used = 0
  private let memory: Buffer<Float>
  /// Nil for an arena that only counts.
  private let capacity: Int?

  /// The floats between two activations that keep both aligned.
  private static let alignment = 16

  /// Memory for `capacity` floats.
  init(capacity: Int) {
    self.capacity = capacity
    memory = Buffer(count: capacity)
  }

  /// An arena without memory, for activations that are only counted.
  init() {
    capacity = nil
    memory = Buffer(count: 0)
  }

  /// Takes the next `count` floats.
  func take(_ count: Int) -> (memory: Buffer<Float>, elements: UnsafeMutablePointer<Float>) {
    let start = used
    used += (count + Self.alignment - 1) / Self.alignment * Self.alignment
    guard let capacity else { return (memory, memory.elements) }
    precondition(used <= capacity, "an arena must hold what is taken")
    return (memory, memory.elements + start)
  }

  /// Lets the next activations lie where the earlier ones are.
  func reuse() { used = 0 }

  /// Calls `body`, whose activations are in this arena.
  func hold<Result>(_ body: () -> Result) -> Result { Self.$current.withValue(self, operation: body) }
}

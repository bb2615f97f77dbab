import Synchronization

/// The tasks of one thread that nobody has taken yet: a range that its owner shortens at the front, and others at the end.
final class TaskShare: Sendable {
  /// The first task in the upper half, the end in the lower. Whoever changes it against what he saw has taken a task of
  /// whatever piece of work it is by then.
  private let range = Atomic<UInt64>(0)
  // Neighbours in memory would take the cache line from each other.
  private let distance: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)

  /// Whether nothing is left.
  var isEmpty: Bool { Self.tasks(range.load(ordering: .sequentiallyConsistent)).isEmpty }

  /// Puts tasks in, which may be taken at once.
  func fill(_ tasks: Range<Int>) {
    range.store(
      UInt64(UInt32(tasks.lowerBound)) << 32 | UInt64(UInt32(tasks.upperBound)),
      ordering: .sequentiallyConsistent)
  }

  /// Takes the first task, if there is one.
  func takeFirst() -> Int? { take(leaving: 1 << 32) { $0.lowerBound } }

  /// Takes the last task, if there is one.
  func takeLast() -> Int? { take(leaving: ~0) { $0.upperBound - 1 } }

  private func take(leaving change: UInt64, _ choose: (Range<Int>) -> Int) -> Int? {
    var current = range.load(ordering: .acquiring)
    while true {
      let tasks = Self.tasks(current)
      guard !tasks.isEmpty else { return nil }
      let (isMine, seen) = range.compareExchange(
        expected: current, desired: current &+ change, ordering: .acquiring)
      guard !isMine else { return choose(tasks) }
      current = seen
    }
  }

  private static func tasks(_ range: UInt64) -> Range<Int> { Int(range >> 32)..<Int(range & 0xFFFF_FFFF) }
}

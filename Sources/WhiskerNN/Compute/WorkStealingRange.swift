import Synchronization

/// The remaining tasks of one thread: its owner takes them from the front, and other threads steal from the end.
final class WorkStealingRange: Sendable {
  /// The first task in the upper 32 bits and the end in the lower 32 bits. A successful compare-and-exchange takes a task of
  /// the current job, even if the observed value dates from an earlier one.
  private let range = Atomic<UInt64>(0)
  // Padding against false sharing of a cache line.
  private let padding: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)

  var isEmpty: Bool { Self.tasks(range.load(ordering: .sequentiallyConsistent)).isEmpty }

  /// Adds tasks, which other threads may steal immediately.
  func fill(_ tasks: Range<Int>) {
    range.store(
      UInt64(UInt32(tasks.lowerBound)) << 32 | UInt64(UInt32(tasks.upperBound)),
      ordering: .sequentiallyConsistent)
  }

  /// Takes the first task, or returns nil if none is left.
  func takeFirst() -> Int? { take(adding: 1 << 32) { $0.lowerBound } }

  /// Takes the last task, or returns nil if none is left.
  func takeLast() -> Int? { take(adding: ~0) { $0.upperBound - 1 } }

  private func take(adding change: UInt64, _ choose: (Range<Int>) -> Int) -> Int? {
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

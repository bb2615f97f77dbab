import WhiskerTensor

/// Work that is done on lanes as it comes, and handed over in the order in which it came.
///
/// A lane is a thread; the first one that is free takes the next piece of work, so that a slow one delays no other. The queue
/// belongs to one thread, and does not limit itself: its owner looks at `pending`.
package final class LaneQueue<Element: Sendable> {
  package typealias Work = @Sendable () throws -> Element

  private struct State: Sendable {
    var waiting: [(number: Int, work: Work)] = []
    var ready: [Int: Result<Element, any Error>] = [:]
    var isOver = false
  }

  /// The lanes that the system had threads for.
  private let lanes: Int
  private let state = Lock(State())
  private var added = 0
  private var delivered = 0

  /// A queue for `lanes` lanes; with none, or no thread to be had, work is done when its result is asked for.
  package init(lanes: Int) {
    self.lanes = WorkerThread.start(lanes) { [state] in
      while let next = state.wait(until: { Self.takeNext(&$0) }) { Self.perform(next, state) }
    }
  }

  deinit {
    state.withLock { state in
      state.waiting = []
      state.isOver = true
    }
    state.wakeAll()
  }

  /// How many pieces of work have been added, and their results not been handed over.
  package var pending: Int { added - delivered }

  /// Adds a piece of work.
  package func add(_ work: @escaping Work) {
    let number = added
    state.withLock { $0.waiting.append((number, work)) }
    if lanes > 0 { state.wakeAll() }
    added += 1
  }

  /// The result of the next piece of work, waiting for it; nil where none is pending.
  /// - Throws: What the work threw.
  package func next() throws -> Element? {
    guard pending > 0 else { return nil }
    if lanes == 0, let next = state.withLock({ $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }) {
      Self.perform(next, state)
    }
    let number = delivered
    delivered += 1
    return try state.wait { $0.ready.removeValue(forKey: number) }.get()
  }

  /// What a lane does next: nothing where the queue is over, and nil for as long as there is no work.
  private static func takeNext(_ state: inout State) -> (number: Int, work: Work)?? {
    guard !state.isOver else { return .some(nil) }
    guard !state.waiting.isEmpty else { return nil }
    return .some(state.waiting.removeFirst())
  }

  private static func perform(_ next: (number: Int, work: Work), _ state: Lock<State>) {
    let result = Result { try next.work() }
    state.withLock { $0.ready[next.number] = result }
    state.wakeAll()
  }
}

import WhiskerCore

/// Work that is done on workers as it is added, and whose results are returned in the order in which it was added.
///
/// A worker is a thread. The first one that is free takes the next piece of work, so that a slow one delays no other. One thread
/// adds work and takes results; any thread may cancel. The queue has no limit: its owner checks `pending`.
package final class OrderedTaskQueue<Element: Sendable>: Sendable {
  package typealias Work = @Sendable () throws -> Element

  private struct State {
    var waiting: [(number: Int, work: Work)] = []
    var ready: [Int: Result<Element, any Error>] = [:]
    var added = 0
    var delivered = 0
    var isCancelled = false
  }

  /// The number of workers that the system had threads for.
  private let workers: Int
  private let state: Lock<State>

  /// A queue for `workers` workers. Without any, or where the system has no threads, `next()` does the work.
  package init(workers: Int) {
    let state = Lock(State())
    self.state = state
    self.workers = WorkerThread.start(workers) {
      while let next = state.wait(until: { Self.takeNext(&$0) }) { Self.perform(next, state) }
    }
  }

  deinit { cancel() }

  /// The number of pieces of work that have been added, and whose results have not been returned.
  package var pending: Int { state.withLock { $0.added - $0.delivered } }

  /// Adds a piece of work, unless the queue is cancelled.
  package func add(_ work: @escaping Work) {
    state.withLock { state in
      guard !state.isCancelled else { return }
      state.waiting.append((state.added, work))
      state.added += 1
    }
    if workers > 0 { state.wakeAll() }
  }

  /// The result of the next piece of work, once it is done; nil where none is pending, and after `cancel()`.
  /// - Throws: The error that the work threw.
  package func next() throws -> Element? {
    if workers == 0, let next = state.withLock({ $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }) {
      Self.perform(next, state)
    }
    let result = state.wait { state -> Result<Element, any Error>?? in
      guard !state.isCancelled, state.delivered < state.added else { return .some(nil) }
      guard let result = state.ready.removeValue(forKey: state.delivered) else { return nil }
      state.delivered += 1
      return result
    }
    return try result?.get()
  }

  /// Ends the queue, and its workers as soon as their work is done. Results that have not been returned are dropped.
  package func cancel() {
    state.withLock { state in
      (state.waiting, state.ready, state.isCancelled) = ([], [:], true)
      state.delivered = state.added
    }
    state.wakeAll()
  }

  /// The next work of a worker: nothing where the queue is cancelled, and nil as long as there is none.
  private static func takeNext(_ state: inout State) -> (number: Int, work: Work)?? {
    guard !state.isCancelled else { return .some(nil) }
    guard !state.waiting.isEmpty else { return nil }
    return .some(state.waiting.removeFirst())
  }

  private static func perform(_ next: (number: Int, work: Work), _ state: Lock<State>) {
    let result = Result { try next.work() }
    state.withLock { state in
      if !state.isCancelled { state.ready[next.number] = result }
    }
    state.wakeAll()
  }
}

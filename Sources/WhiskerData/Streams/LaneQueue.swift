import Dispatch
import WhiskerTensor

/// Work that is done on Dispatch lanes as it comes, and handed over in the order in which it came.
///
/// A lane is a private serial queue; which of them comes to it first takes the next piece of work, so that a slow one delays
/// no other. It belongs to one thread, and does not limit itself: its owner looks at `pending`.
package final class LaneQueue<Element: Sendable> {
  package typealias Work = @Sendable () throws -> Element

  private struct State: Sendable {
    var waiting: [(number: Int, work: Work)] = []
    var ready: [Int: Result<Element, any Error>] = [:]
  }

  private let lanes: [DispatchQueue]
  private let state = Lock(State())
  private var added = 0
  private var delivered = 0

  /// A queue for `lanes` lanes; with none, work is done when its result is asked for.
  package init(lanes: Int) { self.lanes = (0..<lanes).map { DispatchQueue(label: "whisker.queue.\($0)") } }

  deinit { state.withLock { $0.waiting = [] } }

  /// How many pieces of work have been added, and their results not been handed over.
  package var pending: Int { added - delivered }

  /// Adds a piece of work.
  package func add(_ work: @escaping Work) {
    let number = added
    state.withLock { $0.waiting.append((number, work)) }
    if !lanes.isEmpty { lanes[number % lanes.count].async { [state] in Self.doNext(state) } }
    added += 1
  }

  /// The result of the next piece of work, waiting for it; nil where none is pending.
  /// - Throws: What the work threw.
  package func next() throws -> Element? {
    guard pending > 0 else { return nil }
    if lanes.isEmpty { Self.doNext(state) }
    let number = delivered
    delivered += 1
    return try state.wait { $0.ready.removeValue(forKey: number) }.get()
  }

  private static func doNext(_ state: Lock<State>) {
    let next = state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
    guard let next else { return }
    let result = Result { try next.work() }
    state.withLock { $0.ready[next.number] = result }
    state.wakeAll()
  }
}

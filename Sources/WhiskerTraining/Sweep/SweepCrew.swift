import Dispatch
import WhiskerTensor

/// Trainings side by side, on Dispatch lanes. Whoever asked for them hears of them on his own thread.
struct SweepCrew {
  typealias Tell = @Sendable (SweepEvent) -> Void
  typealias Work =
    @Sendable (_ job: SweepJob, _ isOver: @escaping @Sendable () -> Bool, _ tell: Tell) throws ->
    Void

  private struct State: Sendable {
    var waiting: ArraySlice<SweepJob>
    var events: [SweepEvent] = []
    var busy: Int
    var failure: (any Error)?
    var isOver = false
  }

  private enum News {
    case events([SweepEvent])
    case end((any Error)?)
  }

  /// How many trainings run at once, at least 1.
  let lanes: Int

  /// Does every job, handing out what it tells.
  /// - Parameter work: Does one, and returns early where its second argument says so.
  /// - Throws: What a job or `handle` throws, once all others have returned.
  func run(
    _ jobs: [SweepJob], shouldStop: @escaping @Sendable () -> Bool, work: @escaping Work,
    handle: (SweepEvent) throws -> Void
  ) throws {
    let count = min(lanes, jobs.count)
    let state = Lock(State(waiting: jobs[...], busy: count))
    for lane in 0..<count {
      DispatchQueue(label: "whisker.sweep.\(lane)").async { Self.work(state, shouldStop, work) }
    }
    var refusal: (any Error)?
    while true {
      switch Self.news(state) {
      case .end(let failure):
        if let error = refusal ?? failure { throw error }
        return
      case .events(let events):
        guard refusal == nil else { continue }
        do {
          for event in events { try handle(event) }
        } catch {
          refusal = error
          state.withLock { $0.isOver = true }
        }
      }
    }
  }

  private static func news(_ state: Lock<State>) -> News {
    state.wait { state in
      guard state.events.isEmpty else {
        defer { state.events = [] }
        return .events(state.events)
      }
      return state.busy == 0 ? .end(state.failure) : nil
    }
  }

  private static func work(
    _ state: Lock<State>, _ shouldStop: @escaping @Sendable () -> Bool, _ work: Work
  ) {
    let isOver: @Sendable () -> Bool = { shouldStop() || state.withLock { $0.isOver } }
    while !isOver(), let job = state.withLock({ $0.waiting.popFirst() }) {
      do {
        try work(job, isOver) { event in
          state.withLock { $0.events.append(event) }
          state.wakeAll()
        }
      } catch {
        state.withLock {
          $0.failure = $0.failure ?? error
          $0.isOver = true
        }
      }
    }
    state.withLock { $0.busy -= 1 }
    state.wakeAll()
  }
}

import WhiskerCore

/// Concurrent trainings on threads of this process. The caller polls their events.
final class SweepThreadPool: Sendable {
  typealias Report = @Sendable (SweepEvent) -> Void
  typealias Work =
    @Sendable (_ trial: SweepTrial, _ isOver: @escaping @Sendable () -> Bool, _ report: Report) throws ->
    Void

  /// The events since the last call, and the state of the threads.
  struct News {
    let events: [SweepEvent]
    /// The trials that could start at once.
    let freeSlots: Int
    /// Whether no trial runs or will start by itself.
    let isIdle: Bool
    let failure: (any Error)?
  }

  private struct State: Sendable {
    var waiting: ArraySlice<SweepTrial> = []
    var events: [SweepEvent] = []
    /// The trials that were added and have not ended.
    var due = 0
    /// The threads at work.
    var busy = 0
    var failure: (any Error)?
    var isOver = false

    func freeSlots(_ threads: Int) -> Int { max(0, threads - due) }
  }

  private let threads: Int
  private let shouldStop: @Sendable () -> Bool
  private let work: Work
  private let state = Lock(State())

  /// - Parameters:
  ///   - threads: The number of concurrent trainings, at least 1.
  ///   - shouldStop: Called before every trial, and by the trials.
  ///   - work: Runs a trial, and returns early if its second argument returns true. An error ends all trials.
  init(threads: Int, shouldStop: @escaping @Sendable () -> Bool, work: @escaping Work) {
    (self.threads, self.shouldStop, self.work) = (threads, shouldStop, work)
  }

  /// Whether everything must stop.
  var isOver: Bool { shouldStop() || state.withLock { $0.isOver } }

  /// The trials that could start at once.
  var freeSlots: Int { state.withLock { $0.freeSlots(threads) } }

  /// Whether trials are waiting.
  var hasWaiting: Bool { !isOver && state.withLock { !$0.waiting.isEmpty } }

  /// Adds trials, which begin as soon as a thread is free.
  func add(_ trials: some Collection<SweepTrial>) {
    let started = state.withLock { state in
      state.waiting += trials
      state.due += trials.count
      let started = min(threads - state.busy, trials.count)
      state.busy += started
      return started
    }
    for _ in 0..<started { startThread() }
  }

  /// Starts a thread. If the system refuses one, the other threads do its work, if there are any.
  private func startThread() {
    let code = WorkerThread.start { self.runTrials() }
    guard code != 0 else { return }
    state.withLock { state in
      state.busy -= 1
      guard state.busy == 0, !state.waiting.isEmpty else { return }
      state.failure =
        state.failure
        ?? TrainingError(
          "cannot start a thread for a training: \(systemMessage(code)). The user or the container may have no more "
            + "processes (ulimit -u, pids limit)")
      state.isOver = true
    }
    state.wakeAll()
  }

  /// Removes trials that have not begun, for another process.
  func take(_ count: Int) -> [SweepTrial] {
    guard !isOver else { return [] }
    return state.withLock { state in
      let taken = state.waiting.prefix(count)
      state.waiting.removeFirst(taken.count)
      state.due -= taken.count
      return Array(taken)
    }
  }

  /// Stops the running trials, and starts no more.
  func stop() { state.withLock { $0.isOver = true } }

  /// The events since the last call.
  /// - Parameter waits: Whether to wait for an event.
  func news(waits: Bool) -> News {
    state.wait { state -> News? in
      guard !waits || !state.events.isEmpty || state.busy == 0 else { return nil }
      defer { state.events = [] }
      return News(
        events: state.events, freeSlots: state.freeSlots(threads), isIdle: state.busy == 0,
        failure: state.failure)
    }
  }

  /// A thread: runs trials until none is left.
  private func runTrials() {
    var trial = next(ended: 0)
    while let begun = trial {
      do {
        try work(begun, { self.isOver }) { event in
          self.state.withLock { $0.events.append(event) }
          self.state.wakeAll()
        }
      } catch {
        state.withLock {
          $0.failure = $0.failure ?? error
          $0.isOver = true
        }
      }
      trial = next(ended: 1)
    }
    state.wakeAll()
  }

  /// The next trial of a thread; nil if it ends.
  private func next(ended: Int) -> SweepTrial? {
    let isOver = isOver
    return state.withLock { state in
      state.due -= ended
      if !isOver, let trial = state.waiting.popFirst() { return trial }
      state.busy -= 1
      return nil
    }
  }
}

import WhiskerTensor

/// Trainings side by side, each lane a thread of this process. Whoever asked for them hears of them on his own thread.
final class SweepCrew: Sendable {
  typealias Tell = @Sendable (SweepEvent) -> Void
  typealias Work =
    @Sendable (_ job: SweepJob, _ isOver: @escaping @Sendable () -> Bool, _ tell: Tell) throws ->
    Void

  /// What has happened since somebody asked for the last time, and how the crew stands.
  struct News {
    let events: [SweepEvent]
    /// How many more jobs could begin at once.
    let room: Int
    /// Whether nothing is under way, nor will be by itself.
    let isIdle: Bool
    let failure: (any Error)?
  }

  private struct State: Sendable {
    var waiting: ArraySlice<SweepJob> = []
    var events: [SweepEvent] = []
    /// The jobs that were added and have not come to their end.
    var due = 0
    /// The lanes at work.
    var busy = 0
    var failure: (any Error)?
    var isOver = false

    func room(_ lanes: Int) -> Int { max(0, lanes - due) }
  }

  private let lanes: Int
  private let shouldStop: @Sendable () -> Bool
  private let work: Work
  private let state = Lock(State())

  /// - Parameters:
  ///   - lanes: How many trainings run at once, at least 1.
  ///   - shouldStop: Asked before every job, and by the jobs.
  ///   - work: Does a job, and returns early where its second argument says so. What it throws ends all others too.
  init(lanes: Int, shouldStop: @escaping @Sendable () -> Bool, work: @escaping Work) {
    (self.lanes, self.shouldStop, self.work) = (lanes, shouldStop, work)
  }

  /// Whether everything is to end.
  var isOver: Bool { shouldStop() || state.withLock { $0.isOver } }

  /// How many more jobs could begin at once.
  var room: Int { state.withLock { $0.room(lanes) } }

  /// Whether jobs wait to be begun.
  var hasWaiting: Bool { !isOver && state.withLock { !$0.waiting.isEmpty } }

  /// Adds jobs, which begin as soon as a lane is free.
  func add(_ jobs: some Collection<SweepJob>) {
    let started = state.withLock { state in
      state.waiting += jobs
      state.due += jobs.count
      let started = min(lanes - state.busy, jobs.count)
      state.busy += started
      return started
    }
    for _ in 0..<started { startLane() }
  }

  /// Starts a lane. Where the system has no thread to give, the other lanes do its work, if there are any.
  private func startLane() {
    let code = WorkerThread.start { self.workOff() }
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

  /// Takes back jobs that have not begun, for somebody else.
  func take(_ count: Int) -> [SweepJob] {
    guard !isOver else { return [] }
    return state.withLock { state in
      let taken = state.waiting.prefix(count)
      state.waiting.removeFirst(taken.count)
      state.due -= taken.count
      return Array(taken)
    }
  }

  /// Ends what is under way, and begins nothing more.
  func stop() { state.withLock { $0.isOver = true } }

  /// What has happened.
  /// - Parameter waits: Whether to wait until there is something to tell.
  func news(waits: Bool) -> News {
    state.wait { state -> News? in
      guard !waits || !state.events.isEmpty || state.busy == 0 else { return nil }
      defer { state.events = [] }
      return News(
        events: state.events, room: state.room(lanes), isIdle: state.busy == 0, failure: state.failure)
    }
  }

  /// A lane: does jobs for as long as there are any.
  private func workOff() {
    var job = next(ended: 0)
    while let begun = job {
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
      job = next(ended: 1)
    }
    state.wakeAll()
  }

  /// The job that a lane begins after the one that has ended; nil where it is no longer at work.
  private func next(ended: Int) -> SweepJob? {
    let isOver = isOver
    return state.withLock { state in
      state.due -= ended
      if !isOver, let job = state.waiting.popFirst() { return job }
      state.busy -= 1
      return nil
    }
  }
}

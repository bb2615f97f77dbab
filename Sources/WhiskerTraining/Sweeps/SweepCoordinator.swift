import Glibc
import WhiskerCore

/// Assigns the trainings of a sweep to several processes. The first process assigns the trainings and receives
/// their results; all of them train, each training in one process.
struct SweepCoordinator {
  let communicator: any Communicator
  var worker: SweepWorker
  /// The maximum number of concurrent trainings in this process.
  let concurrency: Int
  let shouldStop: @Sendable () -> Bool

  /// The interval in which messages are polled, in microseconds.
  private static let pause: UInt32 = 2000
  /// The interval in which a process reports to the first one.
  private static let interval = Duration.milliseconds(200)
  /// How long the first process waits for the others after a request to stop: mpirun kills all processes soon afterwards.
  private static let patience = Duration.milliseconds(400)

  /// This process's threads for a round of trainings, enough for its share of them.
  private func threadPool(_ call: SweepCall) -> SweepThreadPool {
    let concurrency = max(1, min(concurrency, (call.trialCount + communicator.size - 1) / communicator.size))
    var worker = worker
    worker.folder = SweepFolder(RunFolder(path: call.path))
    worker.threads = max(1, worker.configuration.base.execution.threads / concurrency)
    return SweepThreadPool(threads: concurrency, shouldStop: shouldStop) { [worker] in
      try worker.work($0, $1, $2)
    }
  }

  /// Runs all trials, and passes their events to `handle`.
  /// - Parameter isEnough: Whether the trials pause after an event. They continue when they are assigned
  ///   again.
  /// - Returns: Whether all processes have returned. They may not have if the sweep was stopped.
  /// - Throws: The error of a trial in any process, or of `handle`.
  func lead(
    _ trials: [SweepTrial], pausingAfter isEnough: (SweepEvent) -> Bool = { _ in false },
    _ handle: ([SweepEvent]) throws -> Void
  ) throws -> Bool {
    guard !trials.isEmpty else { return true }
    let call = try communicator.broadcast(SweepCall(trialCount: trials.count, path: worker.folder.path))
    let pool = threadPool(call)
    pool.add(trials)
    var isPaused = false
    var (others, failure, end) = (communicator.size - 1, (any Error)?.none, ContinuousClock.Instant?.none)
    while true {
      var events: [SweepEvent] = []
      while let (notice, rank, isLast) = try serve(pool) {
        events += notice.events
        failure = failure ?? notice.failure.map { TrainingError("process \(rank) \($0)") }
        others -= isLast ? 1 : 0
      }
      let news = pool.news(waits: others == 0)
      do {
        if failure == nil { try handle(events + news.events) }
      } catch {
        failure = error
      }
      failure = failure ?? news.failure
      isPaused = isPaused || (events + news.events).contains(where: isEnough)
      if failure != nil || isPaused { pool.stop() }
      if pool.isOver, !isPaused || failure != nil || shouldStop(), end == nil { end = .now + Self.patience }
      let isPatient = end.map { ContinuousClock.now < $0 } ?? true
      guard news.isIdle, others == 0 || !isPatient else {
        if others > 0 { usleep(Self.pause) }
        continue
      }
      if let failure { throw failure }
      return others == 0
    }
  }

  /// Answers the message of another process, if there is one.
  private func serve(_ pool: SweepThreadPool) throws -> (notice: SweepNotice, rank: Int, isLast: Bool)? {
    var result: (SweepNotice, Int, Bool)?
    _ = try communicator.serve { (notice: SweepNotice, rank: Int) in
      if notice.isStopRequested || notice.failure != nil { pool.stop() }
      let trials = pool.take(notice.freeSlots)
      let order = SweepOrder(trials: trials, hasMore: pool.hasWaiting, isOver: pool.isOver)
      result = (notice, rank, order.dismisses(notice))
      return order
    }
    return result
  }

  /// Dismisses the other processes.
  /// - Parameter isDone: Whether the sweep has ended.
  func dismiss(isDone: Bool) throws { _ = try communicator.broadcast(SweepCall(isDone: isDone)) }

  /// Runs the trials that the first process assigns, until it dismisses this one.
  /// - Returns: Whether the sweep has ended.
  func follow() throws -> Bool {
    while true {
      let call = try communicator.broadcast(SweepCall())
      guard call.trialCount > 0 else { return call.isDone }
      try follow(threadPool(call))
    }
  }

  private func follow(_ pool: SweepThreadPool) throws {
    var (reported, freeSlots) = (ContinuousClock.now, 0)
    while true {
      guard pool.freeSlots != freeSlots || ContinuousClock.now - reported >= Self.interval else {
        usleep(Self.pause)
        continue
      }
      let notice = SweepNotice(pool.news(waits: false), isStopRequested: shouldStop())
      let order: SweepOrder = try communicator.request(notice)
      if order.isOver { pool.stop() }
      pool.add(order.trials)
      if order.dismisses(notice) { return }
      (reported, freeSlots) = (.now, notice.freeSlots - order.trials.count)
    }
  }
}

extension SweepNotice {
  fileprivate init(_ news: SweepThreadPool.News, isStopRequested: Bool) {
    self.init(
      events: news.events, freeSlots: news.freeSlots, isIdle: news.isIdle,
      failure: news.failure.map { error in
        let text = (error as? any ErrorWithText)?.text ?? "\("\(error)")"
        return "on \(HostName.current): \(text)"
      }, isStopRequested: isStopRequested)
  }
}

/// The first process's announcement to all: a round of trainings, or the end.
struct SweepCall: Codable {
  /// The trainings of the round; 0 for the end.
  var trialCount = 0
  /// The sweep's folder during the round.
  var path = ""
  /// Whether the sweep has ended.
  var isDone = false
}

/// The message of another process to the first one.
struct SweepNotice: Codable {
  let events: [SweepEvent]
  /// The trials that it could start at once.
  let freeSlots: Int
  /// Whether it runs no trial.
  let isIdle: Bool
  /// The error; nil for none.
  let failure: ErrorText?
  /// Whether it was asked to stop.
  let isStopRequested: Bool
}

/// The first process's answer.
struct SweepOrder: Codable {
  /// The trials that it starts.
  let trials: [SweepTrial]
  /// Whether more trials are left.
  let hasMore: Bool
  /// Whether running trials must stop.
  let isOver: Bool

  /// Whether the round is over for the process of the notice.
  func dismisses(_ notice: SweepNotice) -> Bool { notice.isIdle && trials.isEmpty && !hasMore }
}

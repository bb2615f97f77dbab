import Glibc
import WhiskerTensor

/// The processes that do the trainings of a sweep, seen from one of them. The first one hands the trainings out and hears
/// what comes of them; all of them train, each training being one process's alone.
struct SweepTeam {
  let job: any Communicator
  var worker: SweepWorker
  /// How many trainings run at once in this process, at most.
  let lanes: Int
  let shouldStop: @Sendable () -> Bool

  /// How often messages are looked for, in microseconds.
  private static let pause: UInt32 = 2000
  /// How often a process tells the first one how its trainings stand.
  private static let interval = Duration.milliseconds(200)
  /// How long the first process waits for the others once everything is to end: mpirun kills all soon after it has asked.
  private static let patience = Duration.milliseconds(400)

  /// This process's lanes for a round of so many trainings, of which it has its fair share at least.
  private func crew(_ call: SweepCall) -> SweepCrew {
    let lanes = max(1, min(lanes, (call.jobCount + job.size - 1) / job.size))
    var worker = worker
    worker.folder = SweepFolder(RunFolder(path: call.path))
    worker.threads = max(1, worker.configuration.base.threads / lanes)
    return SweepCrew(lanes: lanes, shouldStop: shouldStop) { [worker] in try worker.work($0, $1, $2) }
  }

  /// Has every job done, handing out what is told of them.
  /// - Parameter isEnough: Says of what is told whether the jobs are to pause after it. They go on when they are handed out
  ///   again.
  /// - Returns: Whether all processes are back; they may not be where everything was to end.
  /// - Throws: What a job or `handle` throws, in whichever process that was.
  func lead(
    _ jobs: [SweepJob], pausingAfter isEnough: (SweepEvent) -> Bool = { _ in false },
    _ handle: ([SweepEvent]) throws -> Void
  ) throws -> Bool {
    guard !jobs.isEmpty else { return true }
    let call = try job.broadcast(SweepCall(jobCount: jobs.count, path: worker.folder.path))
    let crew = crew(call)
    crew.add(jobs)
    var isPaused = false
    var (others, failure, end) = (job.size - 1, (any Error)?.none, ContinuousClock.Instant?.none)
    while true {
      var events: [SweepEvent] = []
      while let (notice, rank, isLast) = try answer(crew) {
        events += notice.events
        failure = failure ?? notice.failure.map { TrainingError("process \(rank) \($0)") }
        others -= isLast ? 1 : 0
      }
      let news = crew.news(waits: others == 0)
      do {
        if failure == nil { try handle(events + news.events) }
      } catch {
        failure = error
      }
      failure = failure ?? news.failure
      isPaused = isPaused || (events + news.events).contains(where: isEnough)
      if failure != nil || isPaused { crew.stop() }
      if crew.isOver, !isPaused || failure != nil || shouldStop(), end == nil { end = .now + Self.patience }
      let isPatient = end.map { ContinuousClock.now < $0 } ?? true
      guard news.isIdle, others == 0 || !isPatient else {
        if others > 0 { usleep(Self.pause) }
        continue
      }
      if let failure { throw failure }
      return others == 0
    }
  }

  /// Answers another process, where one has told something.
  private func answer(_ crew: SweepCrew) throws -> (notice: SweepNotice, rank: Int, isLast: Bool)? {
    var told: (SweepNotice, Int, Bool)?
    _ = try job.answer { (notice: SweepNotice, rank: Int) in
      if notice.isStopWished || notice.failure != nil { crew.stop() }
      let jobs = crew.take(notice.room)
      let order = SweepOrder(jobs: jobs, hasMore: crew.hasWaiting, isOver: crew.isOver)
      told = (notice, rank, order.dismisses(notice))
      return order
    }
    return told
  }

  /// Lets the others go.
  /// - Parameter isDone: Whether the sweep has come to its end.
  func dismiss(isDone: Bool) throws { _ = try job.broadcast(SweepCall(isDone: isDone)) }

  /// Does what the first process hands out, until it lets this one go.
  /// - Returns: Whether the sweep has come to its end.
  func follow() throws -> Bool {
    while true {
      let call = try job.broadcast(SweepCall())
      guard call.jobCount > 0 else { return call.isDone }
      try follow(crew(call))
    }
  }

  private func follow(_ crew: SweepCrew) throws {
    var (told, room) = (ContinuousClock.now, 0)
    while true {
      guard crew.room != room || ContinuousClock.now - told >= Self.interval else {
        usleep(Self.pause)
        continue
      }
      let notice = SweepNotice(crew.news(waits: false), isStopWished: shouldStop())
      let order: SweepOrder = try job.ask(notice)
      if order.isOver { crew.stop() }
      crew.add(order.jobs)
      if order.dismisses(notice) { return }
      (told, room) = (.now, notice.room - order.jobs.count)
    }
  }
}

extension SweepNotice {
  fileprivate init(_ news: SweepCrew.News, isStopWished: Bool) {
    self.init(
      events: news.events, room: news.room, isIdle: news.isIdle,
      failure: news.failure.map { "on \(HostName.current): \($0)" }, isStopWished: isStopWished)
  }
}

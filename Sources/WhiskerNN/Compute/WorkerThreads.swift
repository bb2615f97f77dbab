import CKernels
import Glibc
import Synchronization
import WhiskerCore

/// Worker threads that share the tasks of one job at a time with the calling thread.
///
/// A training step is many short jobs, so an idle worker spins for a moment before it sleeps. A job ends when its tasks are
/// done, without waiting for workers that took none, so it also progresses if other threads occupy the cores.
///
/// Each worker starts with its own range of tasks, the same for the same job in every step, so that its data is still in the
/// cache of its core. A worker without tasks steals from the end of the others' ranges.
final class WorkerThreads: @unchecked Sendable {
  /// The tasks of each worker.
  private let ranges: [WorkStealingRange]
  /// The number of finished tasks of the current job.
  private let done = Atomic(0)
  private let sleepers = Atomic(0)
  private let isStopped = Atomic(false)
  private let wakeUp = Lock(())

  // Only written between two jobs: a job cannot end while a worker runs one of its tasks.
  private var body: (Int, Int) -> Void = { _, _ in }
  /// Called by the calling thread after each of its tasks; not accessed by other threads.
  var pause: (() -> Void)?

  /// The number of times that a worker checks for work before it sleeps: some tens of microseconds.
  private static let spinLimit = 2000

  /// - Parameter threads: The number of workers, including the calling thread as worker 0. The others must be started.
  init(threads: Int) { ranges = (0..<threads).map { _ in WorkStealingRange() } }

  /// Starts the thread of a worker. If the system cannot create it, the other workers do its tasks.
  func start(_ worker: Int) {
    _ = WorkerThread.start { self.work(worker) }
  }

  /// Makes all workers exit.
  func stop() {
    isStopped.store(true, ordering: .sequentiallyConsistent)
    wake()
  }

  /// Runs every task of `0 ..< count` on the calling thread, as worker 0, and on the other workers.
  func run(_ count: Int, _ body: @escaping (Int, Int) -> Void) {
    self.body = body
    done.store(0, ordering: .relaxed)
    for (worker, range) in ranges.enumerated() {
      range.fill(count * worker / ranges.count..<count * (worker + 1) / ranges.count)
    }
    wake()
    runTasks(0)
    var spins = 0
    while done.load(ordering: .acquiring) < count {
      spins += 1
      // With more threads than cores, the worker with the last task may need this core.
      if spins % Self.spinLimit == 0 { sched_yield() } else { whisker_pause() }
    }
    self.body = { _, _ in }
  }

  private func runTasks(_ worker: Int) {
    while let task = ranges[worker].takeFirst() { runTask(task, worker) }
    for other in 1..<ranges.count {
      while let task = ranges[(worker + other) % ranges.count].takeLast() { runTask(task, worker) }
    }
  }

  private func runTask(_ task: Int, _ worker: Int) {
    body(task, worker)
    done.add(1, ordering: .releasing)
    if worker == 0 { pause?() }
  }

  private func work(_ worker: Int) {
    _ = whisker_flush_denormals()
    while !isStopped.load(ordering: .acquiring) {
      runTasks(worker)
      waitForWork()
    }
  }

  /// Whether there are tasks to run, or the workers must exit.
  private var hasWork: Bool {
    ranges.contains { !$0.isEmpty } || isStopped.load(ordering: .sequentiallyConsistent)
  }

  private func waitForWork() {
    for _ in 0..<Self.spinLimit {
      guard !hasWork else { return }
      whisker_pause()
    }
    // Sequential consistency: either this worker sees the new work, or `wake` sees this sleeper.
    sleepers.add(1, ordering: .sequentiallyConsistent)
    wakeUp.wait { _ in hasWork ? () : nil }
    sleepers.subtract(1, ordering: .sequentiallyConsistent)
  }

  private func wake() {
    guard sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
    // A worker that checked for work under the lock waits on the condition once the lock is free.
    wakeUp.withLock { _ in }
    wakeUp.wakeAll()
  }
}

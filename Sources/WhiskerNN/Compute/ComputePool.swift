import CKernels
import WhiskerCore

/// A thread pool for the work of a network.
///
/// Work is divided into numbered tasks whose results do not depend on the thread that runs them, so the number of threads
/// only changes the time. The calling thread runs tasks too; the others are started once.
public final class ComputePool: Sendable {
  /// The number of threads, at least 1.
  public let threads: Int

  private let workers: WorkerThreads
  private let runLock = Lock(())

  public init(threads: Int) {
    precondition(threads >= 1, "a pool needs at least one thread")
    self.threads = threads
    workers = WorkerThreads(threads: threads)
    for worker in 1..<threads { workers.start(worker) }
  }

  /// A pool whose threads are not started, for networks that are only measured.
  package init(measuring threads: Int) {
    self.threads = threads
    workers = WorkerThreads(threads: threads)
  }

  deinit { workers.stop() }

  /// Runs every task of `0 ..< count` once and returns when all are done. `body` receives the task and the worker in
  /// `0 ..< threads` that runs it; a worker runs one task at a time.
  func run(_ count: Int, _ body: (_ task: Int, _ worker: Int) -> Void) {
    let state = whisker_flush_denormals()
    defer { whisker_restore_denormals(state) }
    guard threads > 1, count > 1 else {
      for task in 0..<count {
        body(task, 0)
        workers.pause?()
      }
      return
    }
    runLock.withLock { _ in
      withoutActuallyEscaping(body) { workers.run(count, $0) }
    }
  }

  /// Runs `body`, and calls `pause` on the calling thread after every task that this thread runs meanwhile.
  func pausing(_ pause: @escaping () -> Void, while body: () -> Void) {
    workers.pause = pause
    body()
    workers.pause = nil
  }
}

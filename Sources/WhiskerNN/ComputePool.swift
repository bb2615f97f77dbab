import CKernels
import WhiskerTensor

/// The threads that a network's work is divided among.
///
/// Work comes as numbered tasks whose results do not depend on which thread takes them, so that the number of threads
/// changes nothing but the time. The thread that asks for the work takes part in it; the others are started once.
public final class ComputePool: Sendable {
  /// The number of threads, at least 1.
  public let threads: Int

  private let crew: ComputeCrew
  private let turn = Lock(())

  /// A pool of `threads` threads.
  public init(threads: Int) {
    precondition(threads >= 1, "work needs a thread")
    self.threads = threads
    crew = ComputeCrew(threads: threads)
    for worker in 1..<threads { crew.start(worker) }
  }

  deinit { crew.dismiss() }

  /// Runs every task of `0 ..< count` once and returns when all are done. `body` gets the task and the worker, from
  /// 0 up to `threads`, that runs it; a worker runs one task at a time.
  func run(_ count: Int, _ body: (_ task: Int, _ worker: Int) -> Void) {
    let state = whisker_flush_denormals()
    defer { whisker_restore_denormals(state) }
    guard threads > 1, count > 1 else {
      for task in 0..<count {
        body(task, 0)
        crew.pause?()
      }
      return
    }
    turn.withLock { _ in
      withoutActuallyEscaping(body) { crew.share(count, $0) }
    }
  }

  /// Runs `body`, which runs tasks, and calls `pause` after each of them that the caller's thread has done.
  func pausing(_ pause: @escaping () -> Void, while body: () -> Void) {
    crew.pause = pause
    body()
    crew.pause = nil
  }
}

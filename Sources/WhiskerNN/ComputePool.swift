import CKernels
import Dispatch
import Synchronization

/// The threads that a network's work is divided among.
///
/// Work comes as numbered tasks whose results do not depend on which thread takes them, so that the number of threads
/// changes nothing but the time.
public final class ComputePool: Sendable {
  /// The number of threads, at least 1.
  public let threads: Int

  /// A pool of `threads` threads.
  public init(threads: Int) {
    precondition(threads >= 1, "work needs a thread")
    self.threads = threads
  }

  /// Runs every task of `0 ..< count` once and returns when all are done. `body` gets the task and the worker, from
  /// 0 up to `threads`, that runs it; a worker runs one task at a time.
  func run(_ count: Int, _ body: (_ task: Int, _ worker: Int) -> Void) {
    let workers = min(threads, count)
    guard workers > 1 else { return runHere(count, body) }
    let next = Atomic(0)
    withoutActuallyEscaping(body) { body in
      // The threads share what the body works on, each its own part; all are done before this returns.
      nonisolated(unsafe) let body = body
      DispatchQueue.concurrentPerform(iterations: workers) { worker in
        let state = whisker_flush_denormals()
        defer { whisker_restore_denormals(state) }
        while true {
          let task = next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard task < count else { return }
          body(task, worker)
        }
      }
    }
  }

  private func runHere(_ count: Int, _ body: (Int, Int) -> Void) {
    let state = whisker_flush_denormals()
    defer { whisker_restore_denormals(state) }
    for task in 0..<count { body(task, 0) }
  }
}

import CKernels
import Glibc
import Synchronization
import WhiskerTensor

/// Threads that wait for shared work.
///
/// A training step is many short pieces of work, so a thread that has nothing to do looks for more for a moment before
/// it goes to sleep. A piece of work is over when its tasks are done; a thread that comes too late for any is not waited
/// for, so that work goes on where other threads hold the cores.
///
/// Each thread has its share of the tasks, the same of the same piece in every step, and so finds in its core's cache what
/// it left there; whoever is done with his own takes from the end of another's.
final class ComputeCrew: @unchecked Sendable {
  private let shares: [TaskShare]
  /// Tasks of the current piece that are done.
  private let done = Atomic(0)
  private let sleepers = Atomic(0)
  private let isDismissed = Atomic(false)
  private let bed = Lock(())

  // Written between two pieces of work only; who has taken a task keeps its piece from ending.
  private var body: (Int, Int) -> Void = { _, _ in }
  /// What the caller's thread does after every task of its own; no other thread looks at it.
  var pause: (() -> Void)?

  /// How often a thread looks for work before it goes to sleep: some tens of microseconds.
  private static let patience = 2000

  /// A crew of `threads` with the caller, whose others are still to be started.
  init(threads: Int) { shares = (0..<threads).map { _ in TaskShare() } }

  /// Starts a thread, which is one less to share the work where the system has none to give.
  func start(_ worker: Int) {
    let place = Unmanaged.passRetained(Place(self, worker))
    var thread = pthread_t()
    let failure = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        let place = Unmanaged<Place>.fromOpaque(argument).takeRetainedValue()
        place.crew.work(place.worker)
        return nil
      }, place.toOpaque())
    guard failure == 0 else { return place.release() }
    pthread_detach(thread)
  }

  /// Lets the threads go.
  func dismiss() {
    isDismissed.store(true, ordering: .sequentiallyConsistent)
    wake()
  }

  /// Runs every task of `0 ..< count` on the caller's thread, as worker 0, and on the crew's.
  func share(_ count: Int, _ body: @escaping (Int, Int) -> Void) {
    self.body = body
    done.store(0, ordering: .relaxed)
    for (worker, share) in shares.enumerated() {
      share.fill(count * worker / shares.count..<count * (worker + 1) / shares.count)
    }
    wake()
    takeTasks(0)
    var looks = 0
    while done.load(ordering: .acquiring) < count {
      looks += 1
      // Where there are more threads than cores, the last task may be waiting for this one's.
      if looks % Self.patience == 0 { sched_yield() } else { whisker_pause() }
    }
    self.body = { _, _ in }
  }

  private func takeTasks(_ worker: Int) {
    while let task = shares[worker].takeFirst() { finish(task, worker) }
    for other in 1..<shares.count {
      while let task = shares[(worker + other) % shares.count].takeLast() { finish(task, worker) }
    }
  }

  private func finish(_ task: Int, _ worker: Int) {
    body(task, worker)
    done.add(1, ordering: .releasing)
    if worker == 0 { pause?() }
  }

  private func work(_ worker: Int) {
    _ = whisker_flush_denormals()
    while !isDismissed.load(ordering: .acquiring) {
      takeTasks(worker)
      awaitWork()
    }
  }

  private var hasNews: Bool {
    shares.contains { !$0.isEmpty } || isDismissed.load(ordering: .sequentiallyConsistent)
  }

  private func awaitWork() {
    for _ in 0..<Self.patience {
      guard !hasNews else { return }
      whisker_pause()
    }
    // Either the sleeper sees the news, or who brings them sees the sleeper.
    sleepers.add(1, ordering: .sequentiallyConsistent)
    bed.wait { _ in hasNews ? () : nil }
    sleepers.subtract(1, ordering: .sequentiallyConsistent)
  }

  private func wake() {
    guard sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
    // Whoever has looked for news under the lock is waiting once it is free.
    bed.withLock { _ in }
    bed.wakeAll()
  }

  /// A thread's place in the crew, handed over to it.
  private final class Place {
    let crew: ComputeCrew
    let worker: Int

    init(_ crew: ComputeCrew, _ worker: Int) { (self.crew, self.worker) = (crew, worker) }
  }
}

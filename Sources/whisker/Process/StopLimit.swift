import Glibc
import WhiskerCore

/// Ends the process where work does not notice a request to stop in time: it looks for one only between pictures, and the
/// features of a picture's views may take seconds.
struct StopLimit {
  private let isOver = Lock(false)

  /// The interval in which a request is looked for, in microseconds.
  private static let interval: UInt32 = 50_000
  /// The intervals after a request before the process is ended: a second.
  private static let patience = 20

  private init(_ end: @escaping @Sendable () -> Void) {
    // The launcher of several processes ends them all.
    guard ProcessGroup.communicator.isAlone else { return }
    _ = WorkerThread.start { [isOver] in
      var waited = 0
      while waited < Self.patience {
        usleep(Self.interval)
        if isOver.withLock({ $0 }) { return }
        waited += Interruption.isWished ? 1 : 0
      }
      guard Self.claim(isOver) else { return }
      end()
      ProcessGroup.end(Interruption.exitStatus)
    }
  }

  /// Runs `work`, which returns early after a request to stop.
  /// - Parameter end: Reports the interruption, and removes what was begun, if `work` does not return in time.
  static func run<Result>(_ work: () throws -> Result, orEnd end: @escaping @Sendable () -> Void) rethrows
    -> Result
  {
    let limit = StopLimit(end)
    defer {
      // The process is about to end.
      while !claim(limit.isOver) { pause() }
    }
    return try work()
  }

  /// Whether the caller is the first of both threads.
  private static func claim(_ isOver: Lock<Bool>) -> Bool {
    isOver.withLock { isOver in
      defer { isOver = true }
      return !isOver
    }
  }
}

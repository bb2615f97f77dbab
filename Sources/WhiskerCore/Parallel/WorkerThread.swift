import Glibc

/// Detached threads that run one closure.
package enum WorkerThread {
  private final class Work {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// The size of a thread's stack, in bytes.
  private static let stackSize = {
    var (attributes, size) = (pthread_attr_t(), 0)
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_getstacksize(&attributes, &size)
    return size
  }()

  /// Starts a thread that runs `body` and then ends.
  /// - Returns: 0, or the error number if the system cannot create a thread, or has too little address space for its stack.
  package static func start(_ body: @escaping @Sendable () -> Void) -> Int32 {
    guard AddressSpace.has(stackSize + AddressSpace.reserve) else { return EAGAIN }
    let work = Unmanaged.passRetained(Work(body))
    var thread = pthread_t()
    let failure = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
        return nil
      }, work.toOpaque())
    guard failure == 0 else {
      work.release()
      return failure
    }
    pthread_detach(thread)
    return 0
  }

  /// Starts up to `count` threads that run `body`.
  /// - Returns: The number of threads started, which is lower if the system cannot create more.
  package static func start(_ count: Int, _ body: @escaping @Sendable () -> Void) -> Int {
    (0..<count).first { _ in start(body) != 0 } ?? count
  }
}

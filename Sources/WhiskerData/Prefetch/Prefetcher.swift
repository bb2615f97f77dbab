import WhiskerCore

/// Produces elements ahead of the reader on workers, and returns them in order.
///
/// At most `depth` elements are finished or in progress at any time, whatever the number of workers; cancelling ends a worker as
/// soon as its element is done. An error arrives at the position of the element that failed, and ends the sequence.
public final class Prefetcher<Element: Sendable>: Sendable {
  private let queue: OrderedTaskQueue<Element>
  private let count: Int
  private let produce: @Sendable (Int) throws -> Element
  /// The next position to produce. Only the reader uses it.
  private let position: Lock<Int>

  /// Starts to produce the elements at `0 ..< count`.
  /// - Parameter count: The number of elements.
  /// - Parameter workers: The number of elements that are produced at the same time. With 0, and where the system has no threads,
  ///   each is produced on the reader's thread when it is needed.
  /// - Parameter depth: The number of elements that are kept ahead of the reader, at least 1.
  /// - Parameter produce: Makes the element at a position; called on the workers.
  public init(
    count: Int, workers: Int, depth: Int, produce: @escaping @Sendable (Int) throws -> Element
  ) {
    precondition(count >= 0 && workers >= 0 && depth >= 1, "a prefetcher keeps at least one element ready")
    (self.count, self.produce) = (count, produce)
    queue = OrderedTaskQueue(workers: min(workers, count, depth))
    position = Lock(0)
    for _ in 0..<min(depth, count) { start() }
  }

  /// The next element, once it is ready; nil after the last one and after `cancel()`.
  /// - Throws: The error that producing it threw; nil follows.
  public func next() throws -> Element? {
    do {
      let element = try queue.next()
      start()
      return element
    } catch {
      cancel()
      throw error
    }
  }

  /// Stops producing. Elements in progress are finished and dropped.
  public func cancel() { queue.cancel() }

  /// Adds the next element to the queue; after the last one was returned, ends the workers.
  private func start() {
    let next = position.withLock { position -> Int in
      position += 1
      return position - 1
    }
    guard next < count else {
      if queue.pending == 0 { queue.cancel() }
      return
    }
    queue.add { [produce] in try produce(next) }
  }
}

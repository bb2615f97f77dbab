import WhiskerTensor

/// Produces elements ahead of the reader on lanes, and hands them over in order.
///
/// A lane is a thread. At most `depth` elements are finished or in the making at any time, whatever the number of lanes;
/// cancelling ends a lane as soon as its element is done. An error arrives at the position of the element that failed, and
/// ends the sequence.
public final class Prefetcher<Element: Sendable>: Sendable {
  private let core: PrefetchCore<Element>

  /// Starts producing the elements at `0 ..< count`.
  /// - Parameter count: The number of elements.
  /// - Parameter lanes: How many are produced at once; 0 produces each on the reader's thread when it is asked for, as does a
  ///   system that has no threads to give.
  /// - Parameter depth: How many are kept ahead of the reader, at least 1.
  /// - Parameter produce: Makes the element at a position; called on the lanes.
  public init(
    count: Int, lanes: Int, depth: Int, produce: @escaping @Sendable (Int) throws -> Element
  ) {
    precondition(count >= 0 && lanes >= 0 && depth >= 1, "a prefetcher has room for at least one element")
    core = PrefetchCore(count: count, depth: depth, produce: produce)
    core.start(lanes)
  }

  deinit { core.cancel() }

  /// The next element, or nil behind the last one and after `cancel()`. Waits until it is ready.
  /// - Throws: What producing it threw; nil follows.
  public func next() throws -> Element? { try core.next() }

  /// Stops producing. Elements in the making are finished and dropped.
  public func cancel() { core.cancel() }
}

/// What the lanes share with the reader; it outlives the prefetcher until the last lane is done.
private final class PrefetchCore<Element: Sendable>: Sendable {
  private struct State {
    /// Elements that are ready, by position.
    var ready: [Int: Result<Element, any Error>] = [:]
    /// Whether lanes produce; otherwise the reader does.
    var hasLanes = false
    /// The next position that a lane takes.
    var claimed = 0
    /// The next position that the reader gets.
    var delivered = 0
    var isCancelled = false
  }

  private let count: Int
  private let depth: Int
  private let produce: @Sendable (Int) throws -> Element
  private let state = Lock(State())

  init(count: Int, depth: Int, produce: @escaping @Sendable (Int) throws -> Element) {
    (self.count, self.depth, self.produce) = (count, depth, produce)
  }

  /// Starts as many lanes as can be of use and had.
  func start(_ lanes: Int) {
    let started = WorkerThread.start(min(lanes, count, depth)) { self.work() }
    state.withLock { $0.hasLanes = started > 0 }
  }

  func cancel() {
    state.withLock {
      $0.isCancelled = true
      $0.ready = [:]
    }
    state.wakeAll()
  }

  func next() throws -> Element? {
    let hasLanes = state.withLock { $0.hasLanes }
    guard let result = hasLanes ? takeReady() : produceHere() else { return nil }
    if case .failure = result { cancel() }
    return try result.get()
  }

  private func produceHere() -> Result<Element, any Error>? {
    let position = state.withLock { state -> Int? in
      guard !state.isCancelled, state.delivered < count else { return nil }
      state.delivered += 1
      return state.delivered - 1
    }
    return position.map { position in Result { try produce(position) } }
  }

  private func takeReady() -> Result<Element, any Error>? {
    let result = state.wait { state -> Result<Element, any Error>?? in
      guard !state.isCancelled, state.delivered < count else { return .some(nil) }
      guard let result = state.ready.removeValue(forKey: state.delivered) else { return nil }
      state.delivered += 1
      return result
    }
    // There is room for one more.
    state.wakeAll()
    return result
  }

  /// A lane: makes elements as long as there are any to make. The lane that comes first takes the next one, so that a slow
  /// element delays no other.
  private func work() {
    while let position = takePosition() {
      let result = Result { try produce(position) }
      state.withLock { state in
        if !state.isCancelled { state.ready[position] = result }
      }
      state.wakeAll()
    }
  }

  /// The position of the next element to make, waiting until there is room for it; nil where there is none.
  private func takePosition() -> Int? {
    state.wait { state -> Int?? in
      guard !state.isCancelled, state.claimed < count else { return .some(nil) }
      guard state.claimed < state.delivered + depth else { return nil }
      state.claimed += 1
      return state.claimed - 1
    }
  }
}

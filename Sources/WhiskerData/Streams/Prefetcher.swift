import Dispatch
import WhiskerTensor

/// Produces elements ahead of the reader on Dispatch lanes, and hands them over in order.
///
/// A lane is a private serial queue. At most `depth` elements are finished or in the making at any time, whatever the
/// number of lanes; a lane never waits, so cancelling frees it as soon as its element is done. An error arrives at
/// the position of the element that failed, and ends the sequence.
public final class Prefetcher<Element: Sendable>: Sendable {
  private let core: PrefetchCore<Element>

  /// Starts producing the elements at `0 ..< count`.
  /// - Parameter count: The number of elements.
  /// - Parameter lanes: How many are produced at once; 0 produces each on the reader's thread when it is asked for.
  /// - Parameter depth: How many are kept ahead of the reader, at least 1.
  /// - Parameter produce: Makes the element at a position; called on the lanes.
  public init(
    count: Int, lanes: Int, depth: Int, produce: @escaping @Sendable (Int) throws -> Element
  ) {
    precondition(count >= 0 && lanes >= 0 && depth >= 1, "a prefetcher has room for at least one element")
    core = PrefetchCore(count: count, lanes: lanes, depth: depth, produce: produce)
    core.start()
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
    /// The lanes that have nothing to do.
    var idle: [Int]
    /// How many elements may be made by now.
    var issued = 0
    /// The next position that a lane takes.
    var claimed = 0
    /// The next position that the reader gets.
    var delivered = 0
    var isCancelled = false
  }

  private let count: Int
  private let depth: Int
  private let produce: @Sendable (Int) throws -> Element
  private let lanes: [DispatchQueue]
  private let state: Lock<State>

  init(count: Int, lanes: Int, depth: Int, produce: @escaping @Sendable (Int) throws -> Element) {
    (self.count, self.depth, self.produce) = (count, depth, produce)
    state = Lock(State(idle: Array(0..<lanes)))
    self.lanes = (0..<lanes).map { DispatchQueue(label: "whisker.prefetch.\($0)") }
  }

  func start() {
    guard !lanes.isEmpty else { return }
    for _ in 0..<min(count, depth) { issue() }
  }

  func cancel() {
    state.withLock {
      $0.isCancelled = true
      $0.ready = [:]
    }
    state.wakeAll()
  }

  func next() throws -> Element? {
    guard let result = lanes.isEmpty ? produceHere() : takeReady() else { return nil }
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
    if result != nil { issue() }
    return result
  }

  /// Lets the lanes make one more element, and wakes one of them where any is idle.
  private func issue() {
    let lane = state.withLock { state -> Int? in
      guard state.issued < count else { return nil }
      state.issued += 1
      return state.idle.popLast()
    }
    guard let lane else { return }
    lanes[lane].async { self.produce(on: lane) }
  }

  /// Makes elements as long as there are any to make. The lane that comes first takes the next one, so that a slow element
  /// delays no other.
  private func produce(on lane: Int) {
    while let position = takePosition(lane) {
      let result = Result { try produce(position) }
      state.withLock { state in
        if !state.isCancelled { state.ready[position] = result }
      }
      state.wakeAll()
    }
  }

  /// The position of the next element to make; nil where there is none, and the lane becomes idle.
  private func takePosition(_ lane: Int) -> Int? {
    state.withLock { state in
      guard !state.isCancelled, state.claimed < state.issued else {
        state.idle.append(lane)
        return nil
      }
      state.claimed += 1
      return state.claimed - 1
    }
  }
}

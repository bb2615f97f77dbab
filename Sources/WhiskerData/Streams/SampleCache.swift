import Glibc
import WhiskerTensor

/// A data set that keeps what it has read, up to a budget, so that only the first epoch decodes. What does not fit is
/// read again every time. Failures are remembered too.
public final class SampleCache: Dataset, @unchecked Sendable {
  /// What is known of a sample.
  private enum Slot {
    case unread
    case kept(Int)
    case failed(SampleFailure)
  }

  private struct State {
    /// Where each sample is kept, in four bytes.
    private var places: [UInt32]
    private(set) var failures: [Int: SampleFailure] = [:]
    private(set) var used = 0

    private static let unread = UInt32.max
    private static let failed = UInt32.max - 1
    /// A reader has taken a place for it, and has yet to copy it there.
    private static let underway = UInt32.max - 2
    /// The most samples that can be kept.
    static let limit = Int(UInt32.max - 2)

    init(count: Int) { places = Array(repeating: Self.unread, count: count) }

    /// Whether every sample is kept, save those that cannot be read.
    var isComplete: Bool { kept + failures.count == places.count }
    private var kept = 0

    /// What is known of a sample.
    subscript(index: Int) -> Slot {
      switch places[index] {
      case Self.unread, Self.underway: .unread
      case Self.failed: failures[index].map { .failed($0) } ?? .unread
      case let place: .kept(Int(place))
      }
    }

    /// Gives the next place away; nil when there are only `capacity`, and when another reader of the same sample was
    /// first: streams of one data set may overlap.
    mutating func takePlace(for index: Int, of capacity: Int) -> Int? {
      guard used < capacity, places[index] == Self.unread else { return nil }
      used += 1
      places[index] = Self.underway
      return used - 1
    }

    /// The sample lies at the place that was taken for it.
    mutating func keep(_ index: Int, at place: Int) {
      places[index] = UInt32(place)
      kept += 1
    }

    /// The sample cannot be read, unless another reader could.
    mutating func fail(_ index: Int, _ failure: SampleFailure) {
      guard places[index] == Self.unread else { return }
      (places[index], failures[index]) = (Self.failed, failure)
    }
  }

  private let source: any Dataset
  private let capacity: Int
  // Address space only: the system gives memory to the pages that are written. A slot is written once, by the lane
  // that took it, before the lock publishes it.
  private let storage: UnsafeMutableRawPointer?
  private let state: Lock<State>

  /// Keeps samples of `source` in at most `budget` bytes.
  public init(_ source: any Dataset, budget: Int) {
    self.source = source
    let size = source.preprocessing.sampleSize
    let wanted = min(source.count, max(0, budget) / size, State.limit)
    let mapped =
      wanted > 0
      ? mmap(nil, wanted * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
      : nil
    storage = mapped == MAP_FAILED ? nil : mapped
    capacity = storage == nil ? 0 : wanted
    state = Lock(State(count: source.count))
  }

  deinit {
    if let storage { munmap(storage, capacity * preprocessing.sampleSize) }
  }

  public var classNames: [String] { source.classNames }
  public var preprocessing: Preprocessing { source.preprocessing }
  public var count: Int { source.count }
  public var isWorthCaching: Bool { false }
  public func label(at index: Int) -> Int { source.label(at: index) }
  public func name(at index: Int) -> String { source.name(at: index) }

  public func read(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) throws {
    switch state.withLock({ $0[index] }) {
    case .kept(let place): pixels.copyMemory(from: UnsafeRawBufferPointer(slot(place)))
    case .failed(let failure): throw failure
    case .unread: try readAndKeep(index, pixels)
    }
  }

  public var isInMemory: Bool { state.withLock { $0.isComplete } }
  public var failures: [Int: SampleFailure] { state.withLock { $0.failures } }

  public func address(of index: Int) -> UnsafePointer<UInt8>? {
    guard case .kept(let place) = state.withLock({ $0[index] }), let start = slot(place).baseAddress else {
      return nil
    }
    return UnsafePointer(start.assumingMemoryBound(to: UInt8.self))
  }

  public func examine(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) throws -> SampleDetails {
    try source.examine(index, into: pixels)
  }

  public func fingerprint(at index: Int) throws -> Fingerprint { try source.fingerprint(at: index) }
  public func copies(lanes: BatchStream.Lanes) throws -> CopyGroups { try source.copies(lanes: lanes) }
  public func path(at index: Int) -> [UInt8] { source.path(at: index) }
  public func forEachFile(_ body: (SourceFile) -> Void) { source.forEachFile(body) }

  private func readAndKeep(_ index: Int, _ pixels: UnsafeMutableRawBufferPointer) throws {
    do {
      try source.read(index, into: pixels)
    } catch let error where !(error is ResourceError) {
      let failure = SampleFailure(index: index, error: error, name: name(at: index))
      state.withLock { $0.fail(index, failure) }
      throw failure
    }
    guard let place = state.withLock({ $0.takePlace(for: index, of: capacity) }) else { return }
    slot(place).copyMemory(from: UnsafeRawBufferPointer(pixels))
    state.withLock { $0.keep(index, at: place) }
  }

  private func slot(_ place: Int) -> UnsafeMutableRawBufferPointer {
    let size = preprocessing.sampleSize
    return UnsafeMutableRawBufferPointer(start: storage.map { $0 + place * size }, count: size)
  }
}

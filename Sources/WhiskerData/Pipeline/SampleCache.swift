import Glibc
import WhiskerCore

extension DataSource {
  /// The same source, whose datasets keep the samples that they have read in memory, in at most `budget` bytes, where that is
  /// worth it.
  package func cached(budget: Int) -> DataSource {
    var left = budget
    var splits = splits
    for split in Split.allCases {
      guard let dataset = splits[split], dataset.isWorthCaching else { continue }
      splits[split] = dataset.keepingPictures(budget: left)
      left = max(0, left - dataset.count * preprocessing.kept.sampleSize)
    }
    return with(splits)
  }
}

/// A dataset that keeps the samples that it has read, up to a budget, so that only the first epoch decodes. Samples beyond the
/// budget are read again every time. Failures are kept, too.
public final class SampleCache: InMemoryDataset, StoredDataset, FileBackedDataset, CopyFinder,
  @unchecked Sendable
{
  /// The state of a sample.
  private enum Slot {
    case unread
    case kept(Int)
    case failed(SampleFailure)
  }

  private struct State {
    /// The slot of each sample, or its state, in four bytes.
    private var places: [UInt32]
    private(set) var failures: [Int: SampleFailure] = [:]
    private(set) var used = 0

    private static let unread = UInt32.max
    private static let failed = UInt32.max - 1
    /// A reader has reserved a slot, and has not copied the sample yet.
    private static let underway = UInt32.max - 2
    /// The most samples that can be kept.
    static let limit = Int(UInt32.max - 2)

    init(count: Int) { places = Array(repeating: Self.unread, count: count) }

    /// Whether every sample that can be read is kept.
    var isComplete: Bool { kept + failures.count == places.count }
    private var kept = 0

    /// The state of a sample.
    subscript(index: Int) -> Slot {
      switch places[index] {
      case Self.unread, Self.underway: .unread
      case Self.failed: failures[index].map { .failed($0) } ?? .unread
      case let place: .kept(Int(place))
      }
    }

    /// Reserves the next slot for a sample; nil when all `capacity` slots are used, and when another reader of the same
    /// sample was first, as streams of one dataset may overlap.
    mutating func takePlace(for index: Int, of capacity: Int) -> Int? {
      guard used < capacity, places[index] == Self.unread else { return nil }
      used += 1
      places[index] = Self.underway
      return used - 1
    }

    /// Marks the sample as kept in the slot that was reserved for it.
    mutating func keep(_ index: Int, at place: Int) {
      places[index] = UInt32(place)
      kept += 1
    }

    /// Marks the sample as unreadable, unless another reader could read it.
    mutating func fail(_ index: Int, _ failure: SampleFailure) {
      guard places[index] == Self.unread else { return }
      (places[index], failures[index]) = (Self.failed, failure)
    }
  }

  public let info: DatasetInfo
  let source: any Dataset
  private let stored: StoredSamples
  private let capacity: Int
  // Address space only: the system adds memory to pages when they are written. A slot is written once, by the worker
  // that reserved it, before the lock publishes it.
  private let storage: UnsafeMutableRawPointer?
  private let state: Lock<State>

  /// Keeps samples of `source` in at most `budget` bytes.
  public init(_ source: any Dataset, budget: Int) {
    (self.source, stored) = (source, StoredSamples(source))
    info = DatasetInfo(
      count: source.count, classNames: source.classNames, preprocessing: source.preprocessing)
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

  /// Whether all samples fit.
  package var holdsAll: Bool { capacity == info.count }

  deinit {
    if let storage { munmap(storage, capacity * preprocessing.sampleSize) }
  }

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
    try stored.examine(index, into: pixels)
  }

  public func fingerprint(at index: Int) throws -> Fingerprint { try stored.fingerprint(at: index) }
  public func path(at index: Int) -> [UInt8] { stored.path(at: index) }
  public func forEachFile(_ body: (SourceFile) -> Void) {
    (source as? any FileBackedDataset)?.forEachFile(body)
  }

  func findCopies(readAhead: ReadAhead) throws -> CopyGroups { try source.copies(readAhead: readAhead) }

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

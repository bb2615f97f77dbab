/// A group of processes that train together, as seen by one of them. All processes make the same calls in the same order,
/// each on the thread that joined the group.
public protocol Communicator: Sendable {
  /// The number of this process, from 0.
  var rank: Int { get }
  /// The number of processes.
  var size: Int { get }

  /// Starts an in-place all-reduce that sums values over all processes. Several may be in progress at once.
  func startAllReduce(_ values: UnsafeMutableBufferPointer<Float>)
  func startAllReduce(_ values: UnsafeMutableBufferPointer<Double>)
  /// Makes progress with the all-reduces that were started, without waiting.
  func advance()
  /// Waits until all started all-reduces are finished. The sums are bitwise equal on all processes.
  func finishAllReduces()

  /// Waits until every process has called this.
  func barrier()
  /// Returns the bytes of rank 0 on every process.
  func broadcast(_ bytes: [UInt8]) -> [UInt8]
  /// Returns the bytes of every process, by rank, on rank 0, and an empty array on the others.
  func gather(_ bytes: [UInt8]) -> [[UInt8]]

  /// Sends a request to rank 0 and waits for the reply without keeping a core busy.
  func request(_ question: [UInt8]) -> [UInt8]
  /// On rank 0, replies to one pending request of another process.
  /// - Returns: Whether there was a pending request.
  func serve(_ reply: (_ question: [UInt8], _ rank: Int) throws -> [UInt8]) rethrows -> Bool
}

extension Communicator {
  /// Whether this is rank 0, the process that writes files and prints.
  public var isFirst: Bool { rank == 0 }
  /// Whether this is the only process.
  public var isAlone: Bool { size == 1 }

  /// This process's part of `0 ..< count`.
  public func part(of count: Int, grain: Int = 1) -> Range<Int> { part(of: 0..<count, grain: grain) }

  /// This process's part of a range. The parts are consecutive and differ in size by at most one grain.
  /// - Parameter range: The range to divide.
  /// - Parameter grain: The number of elements that stay together. The size of every part but the last is a multiple of it.
  public func part(of range: Range<Int>, grain: Int = 1) -> Range<Int> {
    let grains = (range.count + grain - 1) / grain
    func start(_ rank: Int) -> Int { range.lowerBound + min(range.count, grains * rank / size * grain) }
    return start(rank)..<start(rank + 1)
  }

  /// The size of the largest process's part of `0 ..< count`.
  public func largestPart(of count: Int, grain: Int = 1) -> Int {
    let grains = (count + grain - 1) / grain
    return min(count, (grains + size - 1) / size * grain)
  }

  /// The sums of values over all processes.
  public func sum(_ values: [Double]) -> [Double] {
    var sums = values
    sums.withUnsafeMutableBufferPointer {
      startAllReduce($0)
      finishAllReduces()
    }
    return sums
  }
}

/// A communicator of one process.
public struct SingleProcess: Communicator {
  public var rank: Int { 0 }
  public var size: Int { 1 }

  public init() {}

  public func startAllReduce(_ values: UnsafeMutableBufferPointer<Float>) {}
  public func startAllReduce(_ values: UnsafeMutableBufferPointer<Double>) {}
  public func advance() {}
  public func finishAllReduces() {}
  public func barrier() {}
  public func broadcast(_ bytes: [UInt8]) -> [UInt8] { bytes }
  public func gather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }
  public func request(_ question: [UInt8]) -> [UInt8] { preconditionFailure("rank 0 must not send requests") }
  public func serve(_ reply: ([UInt8], Int) throws -> [UInt8]) -> Bool { false }
}

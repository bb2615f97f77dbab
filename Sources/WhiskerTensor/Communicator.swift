/// The processes that work together on one job, seen from one of them. All of them make the same calls in the same order,
/// each on the thread that joined the job.
public protocol Communicator: Sendable {
  /// This process's number, from 0.
  var rank: Int { get }
  /// The number of processes.
  var size: Int { get }

  /// Starts to add up values over all processes, in place. Several sums may be on their way.
  func beginSum(_ values: UnsafeMutableBufferPointer<Float>)
  func beginSum(_ values: UnsafeMutableBufferPointer<Double>)
  /// Lets the sums on their way go on, without waiting for them.
  func advance()
  /// Waits until all sums are there, the same ones to the last bit everywhere.
  func finishSums()

  /// Waits until every process is here.
  func meet()
  /// The first process's bytes.
  func broadcast(_ bytes: [UInt8]) -> [UInt8]
  /// Hands the bytes of every process to the first one, by rank; nothing to the others.
  func gather(_ bytes: [UInt8]) -> [[UInt8]]

  /// Asks the first process, and waits for its answer without keeping a core busy.
  func ask(_ question: [UInt8]) -> [UInt8]
  /// Lets the first process answer a question that has come from another.
  /// - Returns: Whether there was one.
  func answer(_ reply: (_ question: [UInt8], _ rank: Int) throws -> [UInt8]) rethrows -> Bool
}

extension Communicator {
  /// Whether this is the process that writes and tells.
  public var isFirst: Bool { rank == 0 }
  /// Whether there is no other process.
  public var isAlone: Bool { size == 1 }

  /// This process's part of `0 ..< count`.
  public func part(of count: Int, grain: Int = 1) -> Range<Int> { part(of: 0..<count, grain: grain) }

  /// This process's part of a range: the parts follow each other, and differ by one grain at most.
  /// - Parameter range: What is divided.
  /// - Parameter grain: How many stay together: every part but the last is a multiple of it.
  public func part(of range: Range<Int>, grain: Int = 1) -> Range<Int> {
    let grains = (range.count + grain - 1) / grain
    func start(_ rank: Int) -> Int { range.lowerBound + min(range.count, grains * rank / size * grain) }
    return start(rank)..<start(rank + 1)
  }

  /// The most that any process's part of `0 ..< count` holds.
  public func largestPart(of count: Int, grain: Int = 1) -> Int {
    let grains = (count + grain - 1) / grain
    return min(count, (grains + size - 1) / size * grain)
  }

  /// Adds up values over all processes.
  public func sum(_ values: [Double]) -> [Double] {
    var sums = values
    sums.withUnsafeMutableBufferPointer {
      beginSum($0)
      finishSums()
    }
    return sums
  }
}

/// The one process of a job that is not divided.
public struct SingleProcess: Communicator {
  public var rank: Int { 0 }
  public var size: Int { 1 }

  public init() {}

  public func beginSum(_ values: UnsafeMutableBufferPointer<Float>) {}
  public func beginSum(_ values: UnsafeMutableBufferPointer<Double>) {}
  public func advance() {}
  public func finishSums() {}
  public func meet() {}
  public func broadcast(_ bytes: [UInt8]) -> [UInt8] { bytes }
  public func gather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }
  public func ask(_ question: [UInt8]) -> [UInt8] { preconditionFailure("the first process asks nobody") }
  public func answer(_ reply: ([UInt8], Int) throws -> [UInt8]) -> Bool { false }
}

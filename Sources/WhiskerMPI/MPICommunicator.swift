import CMPI
import Glibc
import WhiskerCore

/// All processes of an MPI program.
struct MPICommunicator: Communicator, @unchecked Sendable {
  let functions: whisker_mpi
  let rank: Int
  let size: Int

  /// The size of a length prefix, in bytes.
  private static let width = Int64(MemoryLayout<Int64>.size)
  /// The polling interval of a request, in microseconds.
  private static let pause: UInt32 = 500

  /// Initialises MPI.
  /// - Throws: `LaunchError` when MPI cannot start.
  init(_ library: MPILibrary) throws {
    functions = library.functions
    guard functions.begin() == 0 else {
      throw LaunchError(
        "MPI cannot be initialised: it lacks thread support, or the launcher did not set up the processes")
    }
    (rank, size) = (Int(functions.rank()), Int(functions.size()))
  }

  func startAllReduce(_ values: UnsafeMutableBufferPointer<Float>) {
    functions.begin_sum_floats(values.baseAddress, Int64(values.count))
  }

  func startAllReduce(_ values: UnsafeMutableBufferPointer<Double>) {
    functions.begin_sum_doubles(values.baseAddress, Int64(values.count))
  }

  func advance() { functions.advance() }

  func finishAllReduces() { functions.finish_sums() }

  func barrier() { functions.barrier() }

  func broadcast(_ bytes: [UInt8]) -> [UInt8] {
    var count = Int64(bytes.count)
    functions.broadcast(&count, Self.width)
    var bytes = isFirst ? bytes : [UInt8](repeating: 0, count: Int(count))
    functions.broadcast(&bytes, count)
    return bytes
  }

  func gather(_ bytes: [UInt8]) -> [[UInt8]] {
    guard isFirst else {
      send(bytes, to: 0)
      return []
    }
    return [bytes] + (1..<size).map { receive(from: Int64($0)) }
  }

  func request(_ question: [UInt8]) -> [UInt8] {
    send(question, to: 0)
    while functions.sender() < 0 { usleep(Self.pause) }
    return receive(from: 0)
  }

  func serve(_ reply: ([UInt8], Int) throws -> [UInt8]) rethrows -> Bool {
    let asker = functions.sender()
    guard asker >= 0 else { return false }
    send(try reply(receive(from: asker), Int(asker)), to: asker)
    return true
  }

  private func send(_ bytes: [UInt8], to rank: Int64) {
    var count = Int64(bytes.count)
    functions.send(rank, &count, Self.width)
    functions.send(rank, bytes, count)
  }

  private func receive(from rank: Int64) -> [UInt8] {
    var count: Int64 = 0
    functions.receive(rank, &count, Self.width)
    var received = [UInt8](repeating: 0, count: Int(count))
    functions.receive(rank, &received, count)
    return received
  }
}

import CMPI
import Glibc
import WhiskerTensor

/// All processes of an MPI job.
struct MPICommunicator: Communicator, @unchecked Sendable {
  let functions: whisker_mpi
  let rank: Int
  let size: Int

  /// How a length is sent, in bytes.
  private static let width = Int64(MemoryLayout<Int64>.size)
  /// How often a question looks for its answer, in microseconds.
  private static let pause: UInt32 = 500

  /// Joins the job.
  /// - Throws: `LaunchError` when MPI cannot start.
  init(_ library: MPILibrary) throws {
    functions = library.functions
    guard functions.begin() == 0 else {
      throw LaunchError("MPI cannot be used: it has no support for threads, or the job was not set up")
    }
    (rank, size) = (Int(functions.rank()), Int(functions.size()))
  }

  func beginSum(_ values: UnsafeMutableBufferPointer<Float>) {
    functions.begin_sum_floats(values.baseAddress, Int64(values.count))
  }

  func beginSum(_ values: UnsafeMutableBufferPointer<Double>) {
    functions.begin_sum_doubles(values.baseAddress, Int64(values.count))
  }

  func advance() { functions.advance() }

  func finishSums() { functions.finish_sums() }

  func meet() { functions.barrier() }

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

  func ask(_ question: [UInt8]) -> [UInt8] {
    send(question, to: 0)
    while functions.sender() < 0 { usleep(Self.pause) }
    return receive(from: 0)
  }

  func answer(_ reply: ([UInt8], Int) throws -> [UInt8]) rethrows -> Bool {
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

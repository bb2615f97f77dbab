#if MPI
  import CMPI
  import Glibc
  import WhiskerTensor

  /// All processes of an MPI job.
  struct MPICommunicator: Communicator {
    let rank = Int(whisker_mpi_rank())
    let size = Int(whisker_mpi_size())

    /// How a length is sent, in bytes.
    private static let width = Int64(MemoryLayout<Int64>.size)
    /// How often a question looks for its answer, in microseconds.
    private static let pause: UInt32 = 500

    func beginSum(_ values: UnsafeMutableBufferPointer<Float>) {
      whisker_mpi_begin_sum_floats(values.baseAddress, Int64(values.count))
    }

    func beginSum(_ values: UnsafeMutableBufferPointer<Double>) {
      whisker_mpi_begin_sum_doubles(values.baseAddress, Int64(values.count))
    }

    func advance() { whisker_mpi_advance() }

    func finishSums() { whisker_mpi_finish_sums() }

    func meet() { whisker_mpi_barrier() }

    func broadcast(_ bytes: [UInt8]) -> [UInt8] {
      var count = Int64(bytes.count)
      whisker_mpi_broadcast(&count, Self.width)
      var bytes = isFirst ? bytes : [UInt8](repeating: 0, count: Int(count))
      whisker_mpi_broadcast(&bytes, count)
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
      while whisker_mpi_sender() < 0 { usleep(Self.pause) }
      return receive(from: 0)
    }

    func answer(_ reply: ([UInt8], Int) throws -> [UInt8]) rethrows -> Bool {
      let asker = whisker_mpi_sender()
      guard asker >= 0 else { return false }
      send(try reply(receive(from: asker), Int(asker)), to: asker)
      return true
    }

    private func send(_ bytes: [UInt8], to rank: Int64) {
      var count = Int64(bytes.count)
      whisker_mpi_send(rank, &count, Self.width)
      whisker_mpi_send(rank, bytes, count)
    }

    private func receive(from rank: Int64) -> [UInt8] {
      var count: Int64 = 0
      whisker_mpi_receive(rank, &count, Self.width)
      var received = [UInt8](repeating: 0, count: Int(count))
      whisker_mpi_receive(rank, &received, count)
      return received
    }
  }
#endif

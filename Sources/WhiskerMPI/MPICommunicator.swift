#if MPI
  import CMPI
  import WhiskerTensor

  /// All processes of an MPI job.
  struct MPICommunicator: Communicator {
    let rank = Int(whisker_mpi_rank())
    let size = Int(whisker_mpi_size())

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
      whisker_mpi_broadcast(&count, Int64(MemoryLayout<Int64>.size))
      var bytes = isFirst ? bytes : [UInt8](repeating: 0, count: Int(count))
      whisker_mpi_broadcast(&bytes, count)
      return bytes
    }

    func gather(_ bytes: [UInt8]) -> [[UInt8]] {
      let width = Int64(MemoryLayout<Int64>.size)
      guard isFirst else {
        var count = Int64(bytes.count)
        whisker_mpi_send(&count, width)
        whisker_mpi_send(bytes, count)
        return []
      }
      return [bytes]
        + (1..<size).map { rank in
          var count: Int64 = 0
          whisker_mpi_receive(Int64(rank), &count, width)
          var received = [UInt8](repeating: 0, count: Int(count))
          whisker_mpi_receive(Int64(rank), &received, count)
          return received
        }
    }
  }
#endif

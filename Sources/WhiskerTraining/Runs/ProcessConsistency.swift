import WhiskerData
import WhiskerNN
import WhiskerCore

/// The properties that all processes that train together must share.
struct ProcessConsistency: Codable {
  private let version: String
  private let kernels: String
  private let origin: CacheOrigin
  private let machine: String

  init(_ origin: CacheOrigin) {
    (version, kernels, self.origin, machine) = (Version.current, Machine.kernels, origin, HostName.current)
  }

  /// Compares the processes in the first one.
  /// - Throws: `TrainingError` with the first difference.
  func compare(over communicator: any Communicator) throws {
    guard !communicator.isAlone else { return }
    for (rank, other) in try communicator.gather([self]).enumerated() {
      if let difference = difference(from: other) {
        throw TrainingError("process \(rank) on \(other.machine) \(difference)")
      }
    }
  }

  private func difference(from other: ProcessConsistency) -> String? {
    if other.version != version {
      return
        "is Whisker \(other.version), process 0 on \(machine) \(version): install the same one everywhere"
    }
    if other.kernels != kernels {
      return "computes with the \(other.kernels) kernels, process 0 on \(machine) with \(kernels): "
        + "set WHISKER_KERNELS=avx2 or WHISKER_KERNELS=portable for all of them"
    }
    guard other.origin != origin else { return nil }
    return "sees other files, or files of other sizes and times, than process 0 on \(machine): "
      + "put the data where all of them find the same"
  }
}

import CKernels
import Glibc

/// Text about amounts of memory.
package enum MemorySize {
  private static let megabyte = 1 << 20
  private static let gigabyte = 1 << 30

  /// `needs 1.2 GB of memory, 1.0 GB available`. Uses megabytes where both figures would be equal in gigabytes.
  package static func shortage(need: Int, available: Int) -> String {
    let left = max(0, available)
    let isCoarse = left >= gigabyte && tenths(need, up: true) > tenths(left, up: false)
    let figures =
      isCoarse
      ? [tenths(need, up: true), tenths(left, up: false)].map { "\($0 / 10).\($0 % 10) GB" }
      : [need + megabyte - 1, left].map { "\(grouped($0 / megabyte)) MB" }
    return "needs \(figures[0]) of memory, \(figures[1]) available"
  }

  private static func tenths(_ bytes: Int, up: Bool) -> Int {
    Int((Double(bytes) / Double(gigabyte) * 10).rounded(up ? .up : .down))
  }
}

/// Makes the process exit with an error message, instead of a crash, when Swift's runtime cannot allocate memory.
/// - Parameter text: The message, with a final line feed. ASCII.
package func reportAllocationFailures(_ text: StaticString) {
  text.utf8Start.withMemoryRebound(to: CChar.self, capacity: text.utf8CodeUnitCount + 1) {
    whisker_report_memory_failures($0)
  }
}

/// Prints an error message and exits because `bytes` bytes could not be allocated.
package func endOutOfMemory(_ bytes: Int) -> Never {
  var text = "whisker: out of memory: \(grouped(max(1, bytes >> 20))) MB could not be allocated\n"
  _ = text.withUTF8 { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  exit(1)
}

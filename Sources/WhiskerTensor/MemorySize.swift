import CKernels
import Glibc

/// Amounts of memory, in words.
package enum MemorySize {
  private static let megabyte = 1 << 20
  private static let gigabyte = 1 << 30

  /// `needs 1.2 GB of memory, 1.0 GB available`: never two equal figures for a need that is larger.
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

/// Lets the process end with an error message where memory cannot be had for a Swift value, instead of with a crash: Swift has
/// no error for that.
package func reportAllocationFailures() { whisker_report_memory_failures() }

/// Ends the process because the system has no memory to give: nothing that was begun could be completed.
package func endOutOfMemory(_ bytes: Int) -> Never {
  var text = "whisker: out of memory: \(grouped(max(1, bytes >> 20))) MB could not be allocated\n"
  _ = text.withUTF8 { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  exit(1)
}

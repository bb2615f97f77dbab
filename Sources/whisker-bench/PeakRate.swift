import CBench
import Dispatch
import WhiskerNN

/// The fp32 multiply-add rate that no kernel can exceed.
enum PeakRate {
  /// The rate of so many cores at once, in GFLOP/s: the best of several tries, since a try may be interrupted.
  static func measure(cores: Int) -> Double {
    (0..<5).map { _ in attempt(cores: cores) }.max() ?? 0
  }

  private static func attempt(cores: Int) -> Double {
    let start = ContinuousClock.now
    nonisolated(unsafe) let done = UnsafeMutablePointer<Double>.allocate(capacity: cores)
    defer { done.deallocate() }
    DispatchQueue.concurrentPerform(iterations: cores) { done[$0] = cbench_multiply_and_add(10_000_000) }
    let operations = (0..<cores).reduce(0) { $0 + done[$1] }
    return operations / ((ContinuousClock.now - start) / .seconds(1)) / 1e9
  }
}

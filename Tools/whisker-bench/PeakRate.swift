import CBench
import Dispatch
import WhiskerNN

/// The peak fp32 multiply-add rate with the instruction set of the kernels.
enum PeakRate {
  /// The total rate of the given number of cores in GFLOP/s: the best of several tries.
  static func measure(cores: Int) -> Double {
    (0..<5).map { _ in attempt(cores: cores) }.max() ?? 0
  }

  private static func attempt(cores: Int) -> Double {
    let start = ContinuousClock.now
    nonisolated(unsafe) let done = UnsafeMutablePointer<Double>.allocate(capacity: cores)
    defer { done.deallocate() }
    let kernels = Machine.kernels
    DispatchQueue.concurrentPerform(iterations: cores) {
      done[$0] = cbench_multiply_and_add(10_000_000, kernels)
    }
    let operations = (0..<cores).reduce(0) { $0 + done[$1] }
    return operations / ((ContinuousClock.now - start) / .seconds(1)) / 1e9
  }
}

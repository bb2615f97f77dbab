import WhiskerCore

/// The CPU time of all cores since the machine was started, in ticks (proc(5), /proc/stat).
struct ProcessorTime {
  private let all: Int
  private let idle: Int

  static var now: ProcessorTime {
    // Files in /proc do not report their size.
    let lines = (try? Subprocess(["head", "-n", "1", "/proc/stat"]).lines) ?? []
    let ticks = (lines.first?.text ?? "").split(separator: " ").dropFirst().prefix(8).compactMap { Int($0) }
    // user, nice, system, idle, iowait, irq, softirq, steal.
    guard ticks.count == 8 else { return ProcessorTime(all: 0, idle: 0) }
    return ProcessorTime(all: ticks.reduce(0, +) - ticks[7], idle: ticks[3] + ticks[4])
  }

  /// The fraction of CPU time since then that was not idle, 0 to 1.
  func busyShare(since before: ProcessorTime) -> Double {
    guard all > before.all else { return 0 }
    return 1 - Double(idle - before.idle) / Double(all - before.all)
  }
}

import Foundation

/// The most address space that this process ever held, in bytes. What was taken and given back counts, so that a
/// test sees it afterwards; a test asks in a process of its own, as what others take counts, too.
func peakMemory() -> Int {
  let line = text("/proc/self/status").split(separator: "\n").first { $0.hasPrefix("VmPeak:") }
  return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first).flatMap { Int($0) }.map { $0 << 10 }
    ?? 0
}

/// The threads that this process has.
func threadCount() -> Int {
  (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count) ?? 0
}

/// Waits until a condition holds, for `seconds` at most. Returns whether it came to hold.
func holds(within seconds: Double, _ condition: () -> Bool) -> Bool {
  let deadline = Date(timeIntervalSinceNow: seconds)
  while !condition() {
    if Date() > deadline { return false }
    usleep(2000)
  }
  return true
}

/// Lets this process have so many bytes more of address space, and no more.
func leaveAddressSpace(_ bytes: Int) {
  let pages = text("/proc/self/statm").split(separator: " ").first.flatMap { Int($0) } ?? 0
  let size = rlim_t(pages * sysconf(Int32(_SC_PAGESIZE)) + bytes)
  var limit = rlimit(rlim_cur: size, rlim_max: size)
  setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
}

private func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }

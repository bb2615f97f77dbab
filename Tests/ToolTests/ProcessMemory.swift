import Foundation

/// The largest amounts of memory that a process was seen to hold, in kilobytes.
struct ProcessMemory {
  /// All that was resident, mapped files too.
  private(set) var resident = 0
  /// What is the process's own, and not the page cache's.
  private(set) var own = 0

  /// Looks at the process as it is now.
  mutating func look(at process: Int32) {
    guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8) else { return }
    resident = max(resident, Self.kilobytes("VmHWM:", in: status))
    own = max(own, Self.kilobytes("RssAnon:", in: status))
  }

  private static func kilobytes(_ name: String, in status: String) -> Int {
    let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0
  }
}

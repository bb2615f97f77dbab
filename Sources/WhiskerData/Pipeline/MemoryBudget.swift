import Glibc
import WhiskerCore

/// Limits for the memory of decoded pictures.
public enum MemoryBudget {
  /// A quarter of the memory that this process may use, in bytes.
  public static var automatic: Int { available / 4 }

  /// The memory that the machine, the container and the user's limits leave to this process, in bytes.
  public static var available: Int {
    let machine = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    return min(machine, containerLimit ?? machine, userLimit ?? machine)
  }

  private static var userLimit: Int? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { return nil }
    // The limit is on address space, part of which the program itself uses.
    let used = (number(in: "/proc/self/statm") ?? 0) * sysconf(Int32(_SC_PAGESIZE))
    return Int(exactly: limit.rlim_cur).map { max(0, $0 - used - AddressSpace.reserve) }
  }

  private static var containerLimit: Int? {
    let files = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
    return files.lazy.compactMap(number).first
  }

  private static func number(in path: String) -> Int? {
    // Such a file has no meaningful size, so it is read as a stream.
    guard let file = fopen(path, "re") else { return nil }
    defer { fclose(file) }
    var text = [CChar](repeating: 0, count: 32)
    guard fgets(&text, Int32(text.count), file) != nil else { return nil }
    return Int(String(decoding: text.prefix { $0 > 32 }.map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self))
  }
}

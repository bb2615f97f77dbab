import Glibc
import WhiskerTensor

/// How much memory decoded pictures may take.
public enum MemoryBudget {
  /// A quarter of what the machine, or the container it runs in, has; in bytes.
  public static var automatic: Int {
    let machine = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    return min(machine, containerLimit ?? machine) / 4
  }

  private static var containerLimit: Int? {
    let files = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
    return files.lazy.compactMap(number).first
  }

  private static func number(in path: String) -> Int? {
    // The size that such a file claims to have is no guide, so it is read as a stream.
    guard let file = fopen(path, "re") else { return nil }
    defer { fclose(file) }
    var text = [CChar](repeating: 0, count: 32)
    guard fgets(&text, Int32(text.count), file) != nil else { return nil }
    return Int(String(decoding: text.prefix { $0 > 32 }.map { UInt8($0) }, as: UTF8.self))
  }
}

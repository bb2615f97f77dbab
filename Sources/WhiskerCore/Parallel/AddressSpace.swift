import Glibc

/// The address space of this process, which `ulimit -v` limits.
package enum AddressSpace {
  /// What is left free for all that no forecast counts: pictures being decoded, names, and the buffers of files and libraries.
  /// In bytes.
  package static let reserve = 16 << 20

  /// Whether so many bytes can be mapped.
  static func has(_ bytes: Int) -> Bool {
    // Pages without access take address space, but no memory.
    guard let start = mmap(nil, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
      start != MAP_FAILED
    else { return false }
    munmap(start, bytes)
    return true
  }
}

import Glibc

/// The contents of a file, memory-mapped so that only accessed pages are read and use memory.
///
/// A mapped file must not be truncated while it is in use. Replacing it by renaming another file to its path is safe.
public final class FileContents: @unchecked Sendable {
  private enum Storage {
    case mapped(UnsafeRawBufferPointer)
    case held([UInt8])
  }

  private let storage: Storage
  /// The length in bytes.
  public let count: Int

  /// Maps the regular file at `path`.
  /// - Parameter followsLinks: Whether to follow a symbolic link.
  /// - Throws: `FileError` when it cannot be opened, is not a regular file, or cannot be mapped.
  public init(mapping path: String, followsLinks: Bool = true) throws {
    let (descriptor, size) = try FileBytes.open(pathBytes(path), name: path, followsLinks: followsLinks)
    defer { close(descriptor) }
    count = size
    guard size > 0 else {
      storage = .held([])
      return
    }
    guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
      throw FileError(path, systemError: errno, doing: "cannot be mapped into memory")
    }
    storage = .mapped(UnsafeRawBufferPointer(start: start, count: size))
  }

  /// Wraps contents that are already in memory.
  public init(_ bytes: [UInt8]) {
    storage = .held(bytes)
    count = bytes.count
  }

  deinit {
    guard case .mapped(let bytes) = storage else { return }
    munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
  }

  /// Calls `body` with the bytes, which are valid only during the call.
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    switch storage {
    case .mapped(let bytes): try body(bytes)
    case .held(let bytes): try bytes.withUnsafeBytes(body)
    }
  }

  /// The address of the byte at `offset`, valid for the lifetime of the contents: the array is never mutated, so it does
  /// not move.
  package func address(of offset: Int) -> UnsafePointer<UInt8> {
    withBytes { bytes in
      precondition(bytes.indices.contains(offset), "the offset must be inside the file")
      return bytes.baseAddress!.assumingMemoryBound(to: UInt8.self) + offset
    }
  }

  /// Releases the resident pages of a mapped file. They are mapped again on the next access.
  package func release() {
    guard case .mapped(let bytes) = storage else { return }
    madvise(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count, Int32(MADV_DONTNEED))
  }

  /// Advises the system that a byte range will be read in random order.
  /// - Parameter isLarge: Whether the range does not fit into memory; otherwise all of it is read ahead.
  package func expectRandomReads(_ range: Range<Int>, isLarge: Bool) {
    guard case .mapped(let bytes) = storage, let start = bytes.baseAddress else { return }
    // madvise needs a page-aligned address; the mapping starts at one.
    let page = sysconf(Int32(_SC_PAGESIZE))
    let first = range.lowerBound / page * page
    let advice = isLarge ? MADV_RANDOM : MADV_WILLNEED
    madvise(UnsafeMutableRawPointer(mutating: start + first), range.upperBound - first, Int32(advice))
  }
}

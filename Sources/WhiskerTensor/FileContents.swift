import Glibc

/// The contents of a file: mapped into memory, so that what is never looked at is never read, or held.
///
/// A mapped file must not be shortened while it is in use; one that is replaced under its name may be.
public final class FileContents: @unchecked Sendable {
  private enum Storage {
    case mapped(UnsafeRawBufferPointer)
    case held([UInt8])
  }

  private let storage: Storage
  /// The length, in bytes.
  public let count: Int

  /// Maps the regular file at `path`.
  /// - Parameter followsLinks: Whether a symbolic link stands for the file that it leads to.
  /// - Throws: `FileError` when it cannot be opened, is no regular file, or cannot be mapped.
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

  /// Holds contents that are already in memory.
  public init(_ bytes: [UInt8]) {
    storage = .held(bytes)
    count = bytes.count
  }

  deinit {
    guard case .mapped(let bytes) = storage else { return }
    munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
  }

  /// The bytes, for as long as `body` runs.
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    switch storage {
    case .mapped(let bytes): try body(bytes)
    case .held(let bytes): try bytes.withUnsafeBytes(body)
    }
  }

  /// Where the byte at `offset` lies, for as long as the contents live. An array that nobody changes stays in its place.
  package func address(of offset: Int) -> UnsafePointer<UInt8> {
    withBytes { bytes in
      precondition(bytes.indices.contains(offset), "the byte is there")
      return bytes.baseAddress!.assumingMemoryBound(to: UInt8.self) + offset
    }
  }

  /// Gives back the memory that a mapped file takes in this process. What is looked at again is mapped again.
  package func release() {
    guard case .mapped(let bytes) = storage else { return }
    madvise(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count, Int32(MADV_DONTNEED))
  }

  /// Tells the system that bytes will be read here and there.
  /// - Parameter isLarge: Whether they will not stay in memory; otherwise all of them are fetched ahead.
  package func expectRandomReads(_ range: Range<Int>, isLarge: Bool) {
    guard case .mapped(let bytes) = storage, let start = bytes.baseAddress else { return }
    // Advice is about whole pages; a file is mapped at the beginning of one.
    let page = sysconf(Int32(_SC_PAGESIZE))
    let first = range.lowerBound / page * page
    let advice = isLarge ? MADV_RANDOM : MADV_WILLNEED
    madvise(UnsafeMutableRawPointer(mutating: start + first), range.upperBound - first, Int32(advice))
  }
}

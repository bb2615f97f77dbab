import Glibc

/// Reads files and parts of files into memory.
public enum FileBytes {
  /// The contents of a regular file.
  /// - Parameter path: The bytes of the path; they need not be UTF-8.
  /// - Parameter name: The path for error messages.
  /// - Parameter limit: The maximum size in bytes.
  /// - Parameter check: Receives up to 512 bytes from the start before the rest is read.
  /// - Throws: `FileError` when it cannot be opened, is not a regular file, or is larger than `limit`; any error of
  ///   `check`.
  public static func read(
    _ path: [UInt8], name: @autoclosure () -> String, limit: Int,
    checkingHead check: (UnsafeBufferPointer<UInt8>) throws -> Void = { _ in }
  ) throws -> [UInt8] {
    let (descriptor, size) = try open(path, name: name())
    defer { close(descriptor) }
    try checkSize(size, limit: limit, name())
    return try readAll(descriptor, size: size, name: name(), check)
  }

  /// The contents of the regular file at `path`.
  /// - Parameter followsLinks: Whether to follow a symbolic link.
  /// - Throws: `FileError` when it cannot be opened, is not a regular file, or is larger than `limit`.
  public static func read(_ path: String, limit: Int, followsLinks: Bool = true) throws -> [UInt8] {
    let (descriptor, size) = try open(pathBytes(path), name: path, followsLinks: followsLinks)
    defer { close(descriptor) }
    try checkSize(size, limit: limit, path)
    return try readAll(descriptor, size: size, name: path)
  }

  /// The first `count` bytes of the regular file at `path`, or the whole file if it is shorter.
  /// - Throws: `FileError` when it cannot be opened or is not a regular file.
  public static func head(_ path: String, count: Int) throws -> [UInt8] {
    let (descriptor, size) = try open(pathBytes(path), name: path)
    defer { close(descriptor) }
    return try readAll(descriptor, size: min(size, count), name: path)
  }

  /// The size in bytes of the regular file at `path`, after following links; nil if it is not a regular file.
  /// - Throws: `FileError` when `stat` fails.
  package static func size(_ path: [UInt8], name: @autoclosure () -> String) throws -> Int? {
    var status = stat()
    guard withPath(path, { stat($0, &status) }) == 0 else {
      let code = errno
      throw FileError(name(), systemError: code, doing: "cannot be found")
    }
    return status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
  }

  /// Parts of a regular file, concatenated.
  /// - Parameter ranges: Returns the byte ranges to read, given the file's size.
  /// - Throws: `FileError` when it cannot be opened, is not a regular file, or is shortened during the read.
  package static func parts(
    _ path: [UInt8], name: @autoclosure () -> String, _ ranges: (_ size: Int) -> [Range<Int>]
  ) throws -> [UInt8] {
    let (descriptor, size) = try open(path, name: name())
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    for range in ranges(size) where !range.isEmpty {
      bytes += try [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
        filled = retryingInterrupts { pread(descriptor, buffer.baseAddress, range.count, range.lowerBound) }
        guard filled == range.count else {
          let (problem, code) = (filled, errno)
          filled = 0
          throw problem < 0
            ? FileError(name(), systemError: code, doing: "cannot be read")
            : FileError(name(), "became shorter while it was being read")
        }
      }
    }
    return bytes
  }

  /// Opens a regular file for reading. Returns its descriptor and its size in bytes.
  package static func open(
    _ path: [UInt8], name: @autoclosure () -> String, followsLinks: Bool = true
  ) throws -> (descriptor: Int32, size: Int) {
    let links = followsLinks ? 0 : O_NOFOLLOW
    // O_NONBLOCK: opening a FIFO must not wait for a writer. It has no effect on a regular file.
    let descriptor = withPath(path) { chars in
      retryingInterrupts { Glibc.open(chars, O_RDONLY | O_CLOEXEC | O_NONBLOCK | links) }
    }
    guard descriptor >= 0 else {
      let code = errno
      if let error = ResourceError(name(), systemError: code) { throw error }
      if code == ELOOP, !followsLinks {
        throw FileError(name(), "is a symbolic link, which is not followed here")
      }
      throw FileError(name(), systemError: code, doing: "cannot be opened")
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw FileError(name(), "is not a regular file")
    }
    return (descriptor, Int(status.st_size))
  }

  private static let headSize = 512

  private static func checkSize(_ size: Int, limit: Int, _ name: @autoclosure () -> String) throws {
    guard size > limit else { return }
    throw FileError(name(), "is \(size) bytes long, over the limit of \(limit)")
  }

  private static func readAll(
    _ descriptor: Int32, size: Int, name: @autoclosure () -> String,
    _ check: (UnsafeBufferPointer<UInt8>) throws -> Void = { _ in }
  ) throws -> [UInt8] {
    // Without capacity, the initializer would write to the empty array that all threads share.
    guard size > 0 else { return [] }
    return try [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
      try fill(buffer, to: min(size, headSize), &filled, descriptor, name())
      try check(UnsafeBufferPointer(rebasing: buffer[..<filled]))
      try fill(buffer, to: size, &filled, descriptor, name())
    }
  }

  /// Reads until the buffer holds `end` bytes or the file ends.
  private static func fill(
    _ buffer: UnsafeMutableBufferPointer<UInt8>, to end: Int, _ filled: inout Int, _ descriptor: Int32,
    _ name: @autoclosure () -> String
  ) throws {
    while filled < end {
      let start = buffer.baseAddress! + filled, missing = end - filled
      let count = retryingInterrupts { Glibc.read(descriptor, start, missing) }
      guard count >= 0 else {
        let code = errno
        throw FileError(name(), systemError: code, doing: "cannot be read")
      }
      if count == 0 { break }
      filled += count
    }
  }
}

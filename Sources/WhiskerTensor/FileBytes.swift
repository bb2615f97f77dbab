import Glibc

/// Reading whole files, with a limit.
public enum FileBytes {
  /// The contents of a regular file.
  /// - Parameter path: The bytes of the path; they need not be UTF-8.
  /// - Parameter name: The path as it is printed in errors.
  /// - Parameter limit: The largest size, in bytes, that is read.
  /// - Parameter check: Sees the first bytes, up to 512, before more are read, and may throw.
  /// - Throws: `FileError` when it cannot be opened, is no regular file, or is larger than `limit`; what `check`
  ///   throws.
  public static func read(
    _ path: [UInt8], name: String, limit: Int,
    checkingHead check: (UnsafeBufferPointer<UInt8>) throws -> Void = { _ in }
  ) throws -> [UInt8] {
    let (descriptor, size) = try open(path, name: name)
    defer { close(descriptor) }
    try checkSize(size, limit: limit, name)
    return try readAll(descriptor, size: size, name: name, check)
  }

  /// The contents of the regular file at `path`.
  /// - Parameter followsLinks: Whether a symbolic link stands for the file that it leads to.
  /// - Throws: `FileError` when it cannot be opened, is no regular file, or is larger than `limit`.
  public static func read(_ path: String, limit: Int, followsLinks: Bool = true) throws -> [UInt8] {
    let (descriptor, size) = try open(pathBytes(path), name: path, followsLinks: followsLinks)
    defer { close(descriptor) }
    try checkSize(size, limit: limit, path)
    return try readAll(descriptor, size: size, name: path)
  }

  /// The first `count` bytes of the regular file at `path`, or all where there are fewer.
  /// - Throws: `FileError` when it cannot be opened or is no regular file.
  public static func head(_ path: String, count: Int) throws -> [UInt8] {
    let (descriptor, size) = try open(pathBytes(path), name: path)
    defer { close(descriptor) }
    return try readAll(descriptor, size: min(size, count), name: path)
  }

  /// The size of the regular file at `path`, links followed, in bytes; nil where something else is there.
  /// - Throws: `FileError` when the system does not report it.
  package static func size(_ path: [UInt8], name: String) throws -> Int? {
    var status = stat()
    let result = (path + [0]).withUnsafeBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) { stat($0.baseAddress!, &status) }
    }
    guard result == 0 else { throw FileError(name, systemError: errno, doing: "cannot be found") }
    return status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
  }

  /// Parts of a regular file, one behind the other.
  /// - Parameter ranges: The parts, given the file's size.
  /// - Throws: `FileError` when it cannot be opened, is no regular file, or has become shorter meanwhile.
  package static func parts(
    _ path: [UInt8], name: String, _ ranges: (_ size: Int) -> [Range<Int>]
  ) throws -> [UInt8] {
    let (descriptor, size) = try open(path, name: name)
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    for range in ranges(size) where !range.isEmpty {
      bytes += try [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
        filled = retryingInterrupts { pread(descriptor, buffer.baseAddress, range.count, range.lowerBound) }
        guard filled == range.count else {
          let problem = filled
          filled = 0
          throw problem < 0
            ? FileError(name, systemError: errno, doing: "cannot be read")
            : FileError(name, "has become shorter while it was read")
        }
      }
    }
    return bytes
  }

  /// Opens a regular file for reading, and tells its size in bytes.
  static func open(
    _ path: [UInt8], name: String, followsLinks: Bool = true
  ) throws -> (descriptor: Int32, size: Int) {
    let links = followsLinks ? 0 : O_NOFOLLOW
    // O_NONBLOCK: opening a FIFO must not wait for a writer. It changes nothing for a regular file.
    let descriptor = (path + [0]).withUnsafeBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) { chars in
        retryingInterrupts { Glibc.open(chars.baseAddress!, O_RDONLY | O_CLOEXEC | O_NONBLOCK | links) }
      }
    }
    guard descriptor >= 0 else {
      let code = errno
      if let error = ResourceError(name, systemError: code) { throw error }
      if code == ELOOP, !followsLinks {
        throw FileError(name, "is a symbolic link, which is not followed here")
      }
      throw FileError(name, systemError: code, doing: "cannot be opened")
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw FileError(name, "is not a regular file")
    }
    return (descriptor, Int(status.st_size))
  }

  private static let headSize = 512

  private static func checkSize(_ size: Int, limit: Int, _ name: String) throws {
    guard size > limit else { return }
    throw FileError(name, "is \(size) bytes long, over the limit of \(limit)")
  }

  private static func readAll(
    _ descriptor: Int32, size: Int, name: String,
    _ check: (UnsafeBufferPointer<UInt8>) throws -> Void = { _ in }
  ) throws -> [UInt8] {
    // An array of no capacity is one object that all threads share, and the initialiser writes its count.
    guard size > 0 else { return [] }
    return try [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
      try fill(buffer, to: min(size, headSize), &filled, descriptor, name)
      try check(UnsafeBufferPointer(rebasing: buffer[..<filled]))
      try fill(buffer, to: size, &filled, descriptor, name)
    }
  }

  /// Reads on until the buffer holds `end` bytes, or the file is at its end.
  private static func fill(
    _ buffer: UnsafeMutableBufferPointer<UInt8>, to end: Int, _ filled: inout Int, _ descriptor: Int32,
    _ name: String
  ) throws {
    while filled < end {
      let start = buffer.baseAddress! + filled, room = end - filled
      let count = retryingInterrupts { Glibc.read(descriptor, start, room) }
      guard count >= 0 else { throw FileError(name, systemError: errno, doing: "cannot be read") }
      if count == 0 { break }
      filled += count
    }
  }
}

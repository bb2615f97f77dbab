import Glibc
import WhiskerCore

/// An append-only file of records: TensorFlow's `TFRecord`. A kill can truncate only the last record, which readers skip
/// then.
package final class EventFile {
  private let path: String
  private let descriptor: Int32

  /// Creates the file; nil if it exists.
  /// - Parameter appends: Whether to append to an existing file.
  /// - Throws: `FileError` when it cannot be made.
  package init?(_ path: String, appends: Bool = false) throws {
    self.path = path
    let flags = appends ? O_NOFOLLOW : O_CREAT | O_EXCL
    descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | flags, 0o666)
    guard descriptor >= 0 else {
      if errno == EEXIST { return nil }
      throw FileError(path, systemError: errno, doing: "cannot be written")
    }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Appends framed records.
  /// - Throws: `FileError`, for example for a full disk.
  package func append(_ records: [UInt8]) throws {
    var rest = records[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { bytes in
        retryingInterrupts { write(descriptor, bytes.baseAddress, bytes.count) }
      }
      guard written > 0 else { throw FileError(path, systemError: errno, doing: "cannot be written") }
      rest = rest.dropFirst(written)
    }
  }

  /// The record that holds `data`: its length, the length's checksum, the data, and the data's checksum.
  package static func record(_ data: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(data.count))
    return length + littleEndian(CRC32C.masked(length)) + data + littleEndian(CRC32C.masked(data))
  }

  private static func littleEndian(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
}

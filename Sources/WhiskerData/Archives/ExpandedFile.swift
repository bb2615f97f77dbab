import Glibc
import WhiskerCore

/// Expands what cannot be read at random to an unnamed file, which disappears with the process: a gzipped tar archive, or a
/// compressed archive in an archive.
enum ExpandedFile {
  private static let chunk = 1 << 18

  /// The contents of a gzipped file.
  /// - Throws: `FileError` when they are damaged, far larger than the file, or there is no space for them.
  static func gzipped(_ file: ArchiveFile) throws -> ArchiveFile {
    // A file with holes can claim any size.
    let packed = min(file.count, 1 << 50)
    let limit = max(ZipHeader.suspectSize, packed * ZipHeader.suspectRatio)
    return try expand(file, 0..<file.count, .gzip, limit: limit, name: file.name)
  }

  /// The bytes that are compressed at `range` of `file`.
  /// - Parameter limit: The maximum size of the result, in bytes.
  /// - Parameter name: The name of the result.
  /// - Throws: `FileError` when they are damaged, more than `limit`, or there is no space for them.
  static func expand(
    _ file: ArchiveFile, _ range: Range<Int>, _ format: InflatedBytes.Format, limit: Int, name: String
  ) throws -> ArchiveFile {
    let bytes = try InflatedBytes(file, range, format, name: name)
    let folder = temporaryFolder
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunk, alignment: 1)
    defer { buffer.deallocate() }
    do {
      let spool = try SpoolFile(in: folder)
      while true {
        let count = try bytes.read(into: buffer)
        guard count > 0 else { return try ArchiveFile(spool, from: file, name: name) }
        guard count <= limit - spool.count else {
          throw FileError(name, "expands to more than \(limit) bytes, as a decompression bomb does")
        }
        try spool.append(buffer[..<count])
      }
    } catch let error as FileError where error.path == printable(folder) {
      throw FileError(
        name, "cannot be expanded: \(folder) \(error.problem)",
        advice: "Set TMPDIR to a folder with more space, or unpack the archive")
    }
  }

  /// The folder for large files that are needed for a moment: /tmp often lies in memory.
  private static var temporaryFolder: String {
    if let path = getenv("TMPDIR") {
      let folder = pathText(UnsafeRawBufferPointer(start: path, count: strlen(path)))
      if isFolder(folder) { return folder }
    }
    return isFolder("/var/tmp") ? "/var/tmp" : "/tmp"
  }
}

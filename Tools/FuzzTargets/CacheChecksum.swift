import WhiskerData
import WhiskerCore

/// The checksum in the header of a tensor cache.
enum CacheChecksum {
  private static let key = "whisker.checksum"
  private static let size = 8

  /// The same file with the correct checksum, if it has one.
  static func repaired(_ bytes: [UInt8]) -> [UInt8] {
    guard let file = try? SafetensorsReader(bytes, path: "file"), let stored = file.metadata[key],
      let right = try? file.withBytes(
        of: "checksums", type: .uint8, { CacheManifest.checksum(metadata: file.metadata, blocks: $0) }),
      let place = bytes.firstRange(of: Array("\"\(key)\":\"\(stored)\"".utf8)), stored.utf8.count == size
    else { return bytes }
    var repaired = bytes
    let end = place.upperBound - 1
    repaired.replaceSubrange(end - size..<end, with: right.utf8)
    return repaired
  }
}

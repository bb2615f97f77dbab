import Glibc

/// Search in bytes.
enum ByteSearch {
  /// The place of the first occurrence of `pattern`; nil if there is none. The pattern is short and not empty.
  static func first(_ pattern: [UInt8], in bytes: [UInt8]) -> Int? {
    bytes.withUnsafeBytes { bytes in
      var place = 0
      while place + pattern.count <= bytes.count {
        let length = bytes.count - pattern.count + 1 - place
        guard let start = bytes.baseAddress, let found = memchr(start + place, Int32(pattern[0]), length)
        else {
          return nil
        }
        place = UnsafeRawPointer(found) - start
        if memcmp(start + place, pattern, pattern.count) == 0 { return place }
        place += 1
      }
      return nil
    }
  }
}

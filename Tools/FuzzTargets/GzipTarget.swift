import SampleImages
import WhiskerData

/// Gzip files.
struct GzipTarget: FuzzTarget {
  let name = "gzip"
  let maximumLength = 4096

  private static let limit = 1 << 18

  func check(_ bytes: [UInt8]) throws -> FuzzOutcome {
    guard Gzip.isCompressed(bytes) else { return .refused("is not compressed") }
    return try FuzzOutcome {
      let head = try Gzip.prefix(bytes, count: 20, name: "file")
      let contents = try bytes.withUnsafeBufferPointer {
        try Gzip.expand($0, limit: Self.limit, name: "file")
      }
      try Defect.unless(contents.count <= Self.limit, "\(contents.count) bytes, over the limit")
      try Defect.unless(contents.starts(with: head), "the head differs from the start of the contents")
      try Defect.unless(head.count == min(20, contents.count), "a head of \(head.count) bytes")
    }
  }

  func seeds() throws -> [[UInt8]] {
    let noise = (0..<300).map { UInt8($0 * $0 % 251) }
    let text = Array(String(repeating: "whisker ", count: 50).utf8)
    return try [[], [7], noise, text, noise + text + noise, [UInt8](repeating: 0, count: Self.limit)].map(
      encodeGzip)
  }
}

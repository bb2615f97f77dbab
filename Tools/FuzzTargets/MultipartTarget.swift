import WhiskerCore
import WhiskerServing

/// The bodies of requests with several pictures.
struct MultipartTarget: FuzzTarget {
  let name = "multipart"
  let maximumLength = 16 << 10
  let words = ["\r\n--b", "--b--", "\r\n\r\n", "Content-Disposition:", "filename=\"", "; name="].map {
    Array($0.utf8)
  }

  func seeds() -> [[UInt8]] {
    [
      "--b\r\nContent-Disposition: form-data; name=\"x\"; filename=\"a \\\"b\\\".png\"\r\n\r\nPNG\r\n--b--\r\n",
      "preamble\r\n--b \t\r\n\r\n\r\n--b\r\nContent-Type: image/png\r\n\r\n\r\n-\r\n--\r\n--b--epilogue",
      "--b--", "--b\r\nA: b\r\n\r\n\r\n--b--",
    ].map { Array($0.utf8) }
  }

  /// Reads the body at once and in pieces, which must have the same result.
  func check(_ bytes: [UInt8]) throws -> FuzzOutcome {
    let whole = parts(bytes, every: bytes.count + 1)
    for size in [1, 2, 7] where parts(bytes, every: size) != whole {
      throw Defect("the body is read differently in pieces of \(size) bytes")
    }
    switch whole {
    case .success(let parts):
      try Defect.unless(
        parts.reduce(0) { $0 + $1.bytes.count } <= bytes.count, "the parts are larger than the body")
      try Defect.unless(parts.allSatisfy { isPrintable($0.name) }, "a name that cannot be printed")
      return .accepted
    case .failure(let failure): return .refused("\(failure)")
    }
  }

  private struct Part: Equatable {
    let name: String
    let bytes: [UInt8]
  }

  private func parts(_ bytes: [UInt8], every size: Int) -> Result<[Part], MultipartParser.Failure> {
    do throws(MultipartParser.Failure) {
      var parser = try MultipartParser(contentType: "multipart/form-data; boundary=b", partLimit: 8)
      for start in stride(from: 0, to: bytes.count, by: size) {
        try parser.read(bytes[start..<min(start + size, bytes.count)])
      }
      return .success(try parser.finish().map { Part(name: $0.name, bytes: $0.bytes) })
    } catch {
      return .failure(error)
    }
  }
}

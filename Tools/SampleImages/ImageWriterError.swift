import CImageWriters

/// A picture or file could not be encoded.
public struct ImageWriterError: Error, CustomStringConvertible {
  public let description: String

  init(_ description: String) {
    self.description = description
  }
}

/// Runs a C encoder and returns its output.
///
/// - Throws: `ImageWriterError` with the encoder's own message.
func encoded(
  as format: String, by encode: (UnsafeMutablePointer<ciw_output>) -> ciw_status
) throws -> [UInt8] {
  var output = ciw_output()
  let status = encode(&output)
  defer { ciw_output_free(&output) }
  if status == CIW_OUT_OF_MEMORY {
    throw ImageWriterError("cannot encode \(format): out of memory")
  }
  if status != CIW_OK {
    let reason = withUnsafeBytes(of: output.message) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    throw ImageWriterError("cannot encode \(format): \(reason)")
  }
  return Array(UnsafeBufferPointer(start: output.bytes, count: output.count))
}

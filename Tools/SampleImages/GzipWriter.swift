import CImageWriters

/// The gzip file of some bytes, without name or time, so that equal bytes give equal files.
///
/// - Throws: `ImageWriterError` when memory runs out or the input is 4 GiB or longer.
public func encodeGzip(_ bytes: [UInt8]) throws -> [UInt8] {
  try encoded(as: "gzip") { ciw_gzip(bytes, bytes.count, $0) }
}

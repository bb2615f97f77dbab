import Foundation
import SampleImages

private let digitSplits = [(name: "train", count: 2_000), (name: "t10k", count: 500)]
private let digitSide: UInt32 = 28

/// Writes the digits as the four gzipped IDX files of MNIST.
///
/// - Throws: `WriteError`, or `ImageWriterError` from the compressor.
func writeDigits(to root: URL) throws {
  try makeDirectory(root)
  var index = FirstStream.digits
  for part in digitSplits {
    var images = idxHeader(magic: 0x0803, sizes: [UInt32(part.count), digitSide, digitSide])
    var labels = idxHeader(magic: 0x0801, sizes: [UInt32(part.count)])
    for _ in 0..<part.count {
      var generator = stream(for: index)
      let digit = pick(Array(0...9), using: &generator)
      images += drawDigit(digit, using: &generator)
      labels.append(UInt8(digit))
      index += 1
    }
    try write(encodeGzip(images), to: root.appendingPathComponent("\(part.name)-images-idx3-ubyte.gz"))
    try write(encodeGzip(labels), to: root.appendingPathComponent("\(part.name)-labels-idx1-ubyte.gz"))
  }
}

/// The header of an IDX file, big-endian.
private func idxHeader(magic: UInt32, sizes: [UInt32]) -> [UInt8] {
  ([magic] + sizes).flatMap { number in
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> UInt32($0)) }
  }
}

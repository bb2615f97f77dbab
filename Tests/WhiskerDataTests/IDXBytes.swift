import SampleImages
import TestSupport

/// IDX files made by hand.
enum IDXBytes {
  /// A file with any header, and any contents.
  static func file(type: UInt8 = 8, _ dimensions: [UInt32], _ elements: [UInt8]) -> [UInt8] {
    [0, 0, type, UInt8(dimensions.count)] + dimensions.flatMap(PNGChunk.bigEndian) + elements
  }

  /// Images of `side` x `side` pixels, all of one value each.
  static func images(_ values: [UInt8], side: Int = 2) -> [UInt8] {
    let elements = values.flatMap { [UInt8](repeating: $0, count: side * side) }
    return file([UInt32(values.count), UInt32(side), UInt32(side)], elements)
  }

  static func labels(_ labels: [UInt8]) -> [UInt8] { file([UInt32(labels.count)], labels) }
}

extension TemporaryFolder {
  /// Writes a pair under MNIST's names.
  func writePair(
    _ images: [UInt8], _ labels: [UInt8], below folder: String = "", part: String = "train",
    separator: String = "-", zipped: Bool = false
  ) throws {
    let ending = zipped ? ".gz" : ""
    try write(
      zipped ? encodeGzip(images) : images, to: "\(folder)\(part)-images\(separator)idx3-ubyte\(ending)")
    try write(
      zipped ? encodeGzip(labels) : labels, to: "\(folder)\(part)-labels\(separator)idx1-ubyte\(ending)")
  }
}

import SampleImages
import WhiskerData

/// A pair of IDX files. An input is the length of the image file (two bytes, little-endian), the image file and the label
/// file.
struct IDXTarget: FuzzTarget {
  let name = "idx"
  let maximumLength = 4096

  private static let maximumPixels = 1 << 16
  private static let preprocessing = Preprocessing(height: 4, width: 5)

  var words: [[UInt8]] { [[0, 0, 8, 3], [0, 0, 8, 1], [0x1F, 0x8B, 8], [0xFF, 0xFF, 0xFF, 0xFF]] }

  func check(_ bytes: [UInt8]) throws -> FuzzOutcome {
    guard bytes.count >= 2 else { return .refused("is too short") }
    let files = bytes.dropFirst(2)
    let length = min(Int(bytes[0]) | Int(bytes[1]) << 8, files.count)
    let images = try ScratchFile(Array(files.prefix(length)))
    let labels = try ScratchFile(Array(files.dropFirst(length)))
    var options = DataSource.Options()
    options.maximumPixels = Self.maximumPixels
    options.labelsPath = labels.path
    return try FuzzOutcome {
      let source = try DataSource.open(images.path, Self.preprocessing, options: options)
      for part in source.splits.values { try read(part, inputSize: bytes.count) }
    }
  }

  private func read(_ samples: any Dataset, inputSize: Int) throws {
    // Compression is limited to about 1:1000.
    try Defect.unless(samples.count <= inputSize * 1032, "\(samples.count) samples")
    for index in 0..<min(samples.count, 64) {
      try Defect.unless(samples.classNames.indices.contains(samples.label(at: index)), "a label of no class")
      let sample = try samples.sample(at: index)
      var examined = [UInt8](repeating: 0, count: Self.preprocessing.sampleSize)
      _ = try examined.withUnsafeMutableBytes { try StoredSamples(samples).examine(index, into: $0) }
      try Defect.unless(examined == sample, "examining a sample gives other pixels than reading it")
    }
  }

  func seeds() throws -> [[UInt8]] {
    let pairs = [(count: 3, height: 2, width: 2), (2, 4, 5), (1, 28, 28)].map { count, height, width in
      let pixels = (0..<count * height * width).map { UInt8($0 * 7 % 256) }
      let images = [0, 0, 8, 3] + [count, height, width].flatMap(bigEndian) + pixels
      return (images: images, labels: [0, 0, 8, 1] + bigEndian(count) + (0..<count).map { UInt8($0 * 3) })
    }
    return try pairs.flatMap { images, labels in
      [join(images, labels), try join(encodeGzip(images), encodeGzip(labels))]
    }
  }

  private func join(_ images: [UInt8], _ labels: [UInt8]) -> [UInt8] {
    [UInt8(images.count & 0xFF), UInt8(images.count >> 8)] + images + labels
  }

  private func bigEndian(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(value >> (24 - 8 * $0) & 0xFF) } }
}

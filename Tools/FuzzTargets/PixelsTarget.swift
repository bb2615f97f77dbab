import TestSupport
import WhiskerCore
import WhiskerData

/// Tables of pixels, as Kaggle has MNIST.
struct PixelsTarget: FuzzTarget {
  let name = "pixels"
  let maximumLength = 4096

  private static let preprocessing = Preprocessing(height: 3, width: 2)

  var words: [[UInt8]] { ["label", "class", "pixel0", "1x1", "255", "256", "\r\n"].map { Array($0.utf8) } }

  func check(_ bytes: [UInt8]) throws -> FuzzOutcome {
    let folder = try TemporaryFolder()
    let table = try folder.write(bytes, to: "table.csv")
    var options = DataSource.Options()
    options.acceptsUnlabelled = true
    return try FuzzOutcome {
      guard try DataSource.holdsPixels(table) else { throw FileError(table, "is no table of pixels") }
      let source = try DataSource.open(table, Self.preprocessing, options: options)
      for samples in source.splits.values {
        try Defect.unless(samples.count <= bytes.count, "\(samples.count) samples")
        for index in 0..<min(samples.count, 16) { try read(index, of: samples) }
      }
    }
  }

  private func read(_ index: Int, of samples: any Dataset) throws {
    try Defect.unless(samples.classNames.indices.contains(samples.label(at: index)), "a label of no class")
    let sample = try samples.sample(at: index)
    var examined = [UInt8](repeating: 0, count: Self.preprocessing.sampleSize)
    _ = try examined.withUnsafeMutableBytes { try StoredSamples(samples).examine(index, into: $0) }
    try Defect.unless(examined == sample, "examining a sample gives other pixels than reading it")
  }

  func seeds() throws -> [[UInt8]] {
    [
      "label,pixel0,pixel1,pixel2,pixel3\n0,0,1,2,255\n3,9,8,7,6\n", "pixel0\n7\n\n8\n",
      "1x1,1x2,2x1,2x2,class\r\n\"1\",2,3,4,0\r\n",
    ].map { Array($0.utf8) }
  }
}

import SampleImages
import TestSupport
import WhiskerCore
import WhiskerData

/// Opens archives and reads what they hold.
enum ArchiveCheck {
  private static let preprocessing = Preprocessing(height: 4, width: 5)
  private static let samplesRead = 64

  static func run(_ bytes: [UInt8]) throws -> FuzzOutcome {
    let file = try ScratchFile(bytes)
    var options = DataSource.Options()
    options.maximumPixels = 1 << 16
    return try FuzzOutcome {
      let source = try DataSource.open(file.path, preprocessing, options: options)
      try Defect.unless(source.notes.allSatisfy(isPrintable), "a note that cannot be printed")
      // The number that says how many more there are.
      try Defect.unless(source.refused.count <= 1001, "\(source.refused.count) refused entries")
      for split in source.splits.values { try read(split, inputSize: bytes.count) }
    }
  }

  private static func read(_ samples: any Dataset, inputSize: Int) throws {
    // An expanded archive may hold a thousand times as many as its file would.
    try Defect.unless(samples.count <= inputSize * 1032 / 46, "\(samples.count) samples")
    for index in 0..<min(samples.count, samplesRead) {
      let name = samples.name(at: index)
      try Defect.unless(isPrintable(name), "a name that cannot be printed")
      try Defect.unless(samples.classNames.indices.contains(samples.label(at: index)), "a label of no class")
      // What cannot be read is skipped; any error of another type is a defect.
      _ = try FuzzOutcome {
        let sample = try samples.sample(at: index)
        var examined = [UInt8](repeating: 0, count: preprocessing.sampleSize)
        _ = try examined.withUnsafeMutableBytes { try StoredSamples(samples).examine(index, into: $0) }
        try Defect.unless(examined == sample, "examining a sample gives other pixels than reading it")
      }
    }
    _ = try FuzzOutcome { _ = try samples.copies(readAhead: ReadAhead(workers: 0)) }
  }

  /// A small picture.
  static func picture(_ value: UInt16) throws -> [UInt8] {
    try encodePNG(width: 3, height: 2, samples: (0..<6).map { value + $0 }, options: .init(colorType: .gray))
  }
}

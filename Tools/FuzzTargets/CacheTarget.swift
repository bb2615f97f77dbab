import SampleImages
import TestSupport
import WhiskerData
import WhiskerCore

/// Tensor caches, opened and verified. A refused input is tried again with the correct header length and checksum.
struct CacheTarget: FuzzTarget {
  let name = "cache"
  let maximumLength = 16384

  var words: [[UInt8]] {
    SafetensorsTarget().words
      + [
        #"\"first\":"#, #"\"listed\":"#, #"\"rows\":"#, #"\"total\":"#, #"\"part\":\"test\""#, #"\"index\":"#,
        #"\"count\":"#, #"\"height\":"#, #"\"color_mode\":\"rgb\""#, "281474976710656", "images", "labels",
        "fingerprints", "paths", "skipped", "checksums",
      ].map { Array($0.utf8) }
  }

  func check(_ bytes: [UInt8]) throws -> FuzzOutcome {
    let outcome = try read(bytes)
    guard outcome != .accepted else { return outcome }
    return try read(CacheChecksum.repaired(SafetensorsLength.repaired(bytes)))
  }

  private func read(_ bytes: [UInt8]) throws -> FuzzOutcome {
    let file = try ScratchFile(bytes)
    var options = DataSource.Options()
    options.allowsEmptyClasses = true
    return try FuzzOutcome {
      let source = try DataSource.open(file.path, options: options)
      try Defect.unless(isPrintable(source.cacheDescription ?? ""), "a description that cannot be printed")
      for samples in source.splits.values {
        // Every sample has a label or an entry in the list of skipped ones.
        try Defect.unless(samples.count <= bytes.count, "\(samples.count) samples")
        for index in 0..<samples.count { try read(index, of: samples) }
      }
      _ = try Verifier(source, readAhead: .init(workers: 1), allowsEmptyClasses: true).run()
    }
  }

  private func read(_ index: Int, of samples: any Dataset) throws {
    try Defect.unless(samples.classNames.indices.contains(samples.label(at: index)), "a label of no class")
    try Defect.unless(isPrintable(samples.name(at: index)), "a name that cannot be printed")
    _ = try FuzzOutcome { _ = try samples.sample(at: index) }
    _ = try FuzzOutcome { _ = try StoredSamples(samples).fingerprint(at: index) }
  }

  func seeds() throws -> [[UInt8]] {
    let folder = try TemporaryFolder()
    for (index, path) in ["train/cat/a", "train/cat/b", "train/dog/a", "val/dog/c"].enumerated() {
      let samples = (0..<9).map { UInt16($0 * 20 + index) }
      let png = try encodePNG(width: 3, height: 3, samples: samples, options: PNGOptions(colorType: .gray))
      try folder.write(png, to: "data/\(path).png")
    }
    try folder.write(Array("no picture".utf8), to: "data/train/dog/b.png")
    return try [
      Preprocessing(height: 2, width: 3), Preprocessing(height: 3, width: 2, colorMode: .rgb, aspect: .pad),
    ].map { preprocessing in
      let source = try DataSource.open(folder.path("data"), preprocessing)
      let path = folder.path("cache.safetensors")
      _ = try CacheBuilder(source, options: .init(), readAhead: .init(workers: 1)).write(to: path)
      return SafetensorsLength.withoutPadding(try FileBytes.read(path, limit: 1 << 20))
    }
  }
}

import Glibc
import WhiskerCore
import WhiskerData
import WhiskerNN

extension Benchmark {
  /// Augmentation of pictures in memory, which are kept at 80x80 RGB, to samples of 64x64, on one core.
  static func augment(_ place: BenchContext) throws -> [Row] {
    var preprocessing = Preprocessing(height: 64, width: 64, colorMode: .rgb)
    preprocessing.cacheSize = Preprocessing.Size(height: 80, width: 80)
    guard
      let samples = SyntheticData.noise(seed: 0).source(preprocessing).splits[.training]?
        .keepingPictures(budget: 1 << 30)
    else { return [] }
    var all = Augmentation()
    all.randomResizedCrop = 0.35...1
    (all.flip, all.rotate, all.brightness, all.contrast) = (0.5, 11.5, 0.3, 0.3)
    (all.saturation, all.erase) = (0.5, 0.0625)
    let steps: [(String, Augmentation)] = [
      ("none, resized", Augmentation()), ("crop", all.only(.randomResizedCrop)),
      ("brightness", all.only(.brightness)), ("contrast", all.only(.contrast)),
      ("saturation", all.only(.saturation)), ("crop, flip, rotate, colours, erase", all),
    ]
    // The first pass fills the memory.
    try place.augment(samples, Augmentation(), preprocessing)
    return try steps.map { name, augmentation in
      let rates = try place.measure {
        // Processor time: nothing waits, and the other core may be busy.
        let start = clock()
        try place.augment(samples, augmentation, preprocessing)
        return Double(samples.count) * Double(CLOCKS_PER_SEC) / Double(clock() - start)
      }
      return Row("augmenting, one core", name, unit: "images/s", rates)
    }
  }
}

extension Augmentation {
  fileprivate func only(_ kind: Kind) -> Augmentation {
    var one = Augmentation()
    one[strength: kind] = self[strength: kind]
    return one
  }
}

extension BenchContext {
  fileprivate func augment(
    _ samples: any Dataset, _ augmentation: Augmentation, _ preprocessing: Preprocessing
  ) throws {
    let stream = BatchStream(
      samples, order: SampleSet(samples).shuffled(seed: 0, epoch: 1), batchSize: 64,
      readAhead: ReadAhead(workers: 0),
      augmenter: Augmenter(augmentation, preprocessing, seed: 0, epoch: 1))
    while try stream.next() != nil {}
  }
}

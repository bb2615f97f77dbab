import CBench
import Dispatch
import WhiskerData
import WhiskerNN

extension Benchmark {
  /// The whole process with ten epochs of training.
  static func trainOnPhotos(_ place: BenchContext) throws -> [Row] {
    guard let photos = place.photos else { return [] }
    let epochs = place.isQuick ? "1" : "10"
    var ours = Row(
      "photos, ten epochs", "whisker", unit: "s",
      try place.measure { try place.train(photos, ["--epochs", epochs]).process.seconds })
    guard let seconds = try place.figures("train_keras_photos.py", photos, epochs) else { return [ours] }
    let theirs = Row(ours.benchmark, "Keras", unit: "s", seconds)
    ours.compare(with: theirs.median, "x Keras")
    return [ours, theirs]
  }

  /// Decoding compared to libjpeg alone on all cores. Both alternate, so that they run under the same conditions.
  static func preprocess(_ place: BenchContext) throws -> [Row] {
    guard let photos = place.photos else { return [] }
    let files = try files(of: photos)
    let jpegs = files.filter { $0.hasSuffix(".jpg") }
    guard !jpegs.isEmpty else { return [] }
    var bare: [Double] = []
    let rates = try place.measure {
      bare.append(decode(jpegs))
      return Double(files.count) / (try cache(photos, place).seconds)
    }
    var ours = Row("preprocess", "whisker, whole process", unit: "images/s", rates)
    let theirs = Row("preprocess", "libjpeg alone, all cores", unit: "images/s", bare)
    ours.compare(with: theirs.median, "of libjpeg")
    return [ours, theirs]
  }

  /// The time until everything is ready for the first batch.
  static func startFromCache(_ place: BenchContext) throws -> [Row] {
    guard let photos = place.photos else { return [] }
    _ = try cache(photos, place)
    let milliseconds = try place.measure {
      let run = try place.train("\(place.scratch)/photos.safetensors", ["--epochs", "1", "--verbose", "2"])
      // The last line before the first batch.
      return (run.process.lines.first { $0.text.hasPrefix("Run ") }?.seconds ?? run.process.seconds) * 1000
    }
    return [Row("start from a cache", "whisker", unit: "ms", milliseconds)]
  }

  private static func cache(_ photos: String, _ place: BenchContext) throws -> Subprocess {
    try Subprocess(
      [place.whisker, "preprocess", photos, "--output", "\(place.scratch)/photos.safetensors", "--overwrite"])
  }

  private static func files(of folder: String) throws -> [String] {
    var paths: [String] = []
    for dataset in try DataSource.open(folder).splits.values {
      (dataset as? any FileBackedDataset)?.forEachFile {
        paths.append("\(folder)/\(String(decoding: $0.path, as: UTF8.self))")
      }
    }
    return paths
  }

  /// Images per second on all cores.
  private static func decode(_ paths: [String]) -> Double {
    let start = ContinuousClock.now
    DispatchQueue.concurrentPerform(iterations: Machine.cores) { core in
      for index in stride(from: core, to: paths.count, by: Machine.cores) {
        _ = cbench_decode_jpeg(paths[index])
      }
    }
    return Double(paths.count) / ((ContinuousClock.now - start) / .seconds(1))
  }
}

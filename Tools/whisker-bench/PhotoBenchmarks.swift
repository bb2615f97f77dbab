import CBench
import Dispatch
import Glibc
import SampleImages
import WhiskerCore
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

  /// Decoding compared to libjpeg alone on all cores, from files in memory and from files that are not. Both alternate, so
  /// that they run under the same conditions.
  static func preprocess(_ place: BenchContext) throws -> [Row] {
    guard let photos = place.photos else { return [] }
    let files = try files(of: photos)
    let jpegs = files.filter { $0.hasSuffix(".jpg") }
    guard !jpegs.isEmpty else { return [] }
    return try [("preprocess", false), ("preprocess, from disk", true)].flatMap { name, isCold in
      var bare: [Double] = []
      let rates = try place.measure {
        if isCold { forget(files) }
        bare.append(decode(jpegs, cbench_decode_jpeg))
        if isCold { forget(files) }
        return Double(files.count) / (try cache(photos, place).seconds)
      }
      var ours = Row(name, "whisker, whole process", unit: "images/s", rates)
      let theirs = Row(name, "libjpeg alone, all cores", unit: "images/s", bare)
      ours.compare(with: theirs.median, "of libjpeg")
      return [ours, theirs]
    }
  }

  /// Asks the system to drop the contents of files from memory. What is not on the disk yet is written first, because it would
  /// be kept.
  private static func forget(_ paths: [String]) {
    for path in paths {
      let file = open(path, O_RDONLY)
      guard file >= 0 else { continue }
      fdatasync(file)
      posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED)
      close(file)
    }
  }

  /// Decoding of WebP compared to libwebp alone on all cores.
  static func preprocessWebP(_ place: BenchContext) throws -> [Row] {
    guard let photos = place.photos else { return [] }
    let folder = "\(place.scratch)/webp"
    let files = try webPs(of: files(of: photos).prefix(place.isQuick ? 20 : 400), in: folder)
    var bare: [Double] = []
    let rates = try place.measure {
      bare.append(decode(files, cbench_decode_webp))
      return Double(files.count) / (try cache(folder, place).seconds)
    }
    var ours = Row("preprocess, WebP", "whisker, whole process", unit: "images/s", rates)
    let theirs = Row("preprocess, WebP", "libwebp alone, all cores", unit: "images/s", bare)
    ours.compare(with: theirs.median, "of libwebp")
    return [ours, theirs]
  }

  /// Writes photos as WebP files of one size, in two classes. Returns their paths.
  private static func webPs(of photos: some Collection<String>, in folder: String) throws -> [String] {
    let (width, height) = (480, 360)
    let decoder = ImageDecoder(Preprocessing(height: height, width: width, colorMode: .rgb, decode: .full))
    for name in ["", "/0", "/1"] { _ = mkdir(folder + name, 0o755) }
    return try photos.enumerated().map { number, photo in
      let pixels = try decoder.decode(FileBytes.read(photo, limit: 1 << 26), name: photo)
      let path = "\(folder)/\(number % 2)/\(number).webp"
      let file = try AtomicFile(path)
      let bytes = try encodeWebP(
        width: width, height: height, pixels: pixels, options: WebPOptions(quality: 80))
      try bytes.withUnsafeBytes { try file.write($0) }
      try file.commit()
      return path
    }
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
  private static func decode(
    _ paths: [String], _ decode: @Sendable (UnsafePointer<CChar>) -> Int32
  ) -> Double {
    let start = ContinuousClock.now
    DispatchQueue.concurrentPerform(iterations: Machine.cores) { core in
      for index in stride(from: core, to: paths.count, by: Machine.cores) {
        _ = decode(paths[index])
      }
    }
    return Double(paths.count) / ((ContinuousClock.now - start) / .seconds(1))
  }
}

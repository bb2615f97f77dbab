import Glibc
import WhiskerData
import WhiskerCore

extension Benchmark {
  /// The training speed, the time until training begins, and the memory, with caches of increasing size.
  static func scale(_ place: BenchContext) throws -> [Row] {
    let counts = place.isQuick ? [500, 1000] : [10_000, 100_000, 1_000_000, 10_000_000]
    var speeds: [Row] = []
    var others: [Row] = []
    for count in counts {
      let cache = "\(place.scratch)/\(count)"
      defer { _ = try? Subprocess(["rm", "-rf", cache]) }
      try makeCache(of: count, at: cache, place)
      // About the same number of samples for each size.
      let epochs = max(1, min(20, 1_000_000 / count))
      place.waitForQuiet()
      let run = try place.train(
        cache, ["--epochs", "\(epochs + 1)", "--validation-split", "0", "--verbose", "2"])
      var speed = Row(
        "training, \(grouped(count)) rows", "whisker", unit: "images/s",
        run.epochs.dropFirst().map(\.imagesPerSecond))
      if let first = speeds.first { speed.compare(with: first.median, "of the first") }
      speeds.append(speed)
      others.append(Row("start, \(grouped(count)) rows", "whisker", unit: "s", [try run.process.start]))
      others.append(
        Row("memory, \(grouped(count)) rows", "whisker", unit: "MB", [run.process.anonymousMegabytes]))
    }
    return speeds + others
  }

  /// A cache of repeated digits, as a folder of ten shards.
  private static func makeCache(of count: Int, at path: String, _ place: BenchContext) throws {
    let (images, labels) = ("\(place.scratch)/images-idx3-ubyte", "\(place.scratch)/labels-idx1-ubyte")
    defer { for file in [images, labels] { unlink(file) } }
    guard let digits = try DataSource.open(place.digits).splits[.training] else { return }
    let size = digits.preprocessing.sampleSize
    try write([0x0803, count, 28, 28], to: images) { row, file in
      try withUnsafeTemporaryAllocation(byteCount: size, alignment: 1) {
        try digits.read(row % digits.count, into: $0)
        fwrite($0.baseAddress, 1, size, file)
      }
    }
    try write([0x0801, count], to: labels) { row, file in
      putc(Int32(digits.label(at: row % digits.count)), file)
    }
    _ = try Subprocess(["mkdir", path])
    _ = try Subprocess([
      place.whisker, "preprocess", images, "--labels", labels, "--output", "\(path)/digits.safetensors",
      "--shards", "10",
    ])
  }

  /// An IDX file: a big-endian header, whose second word is the number of rows, and the rows.
  private static func write(
    _ header: [Int], to path: String, _ row: (Int, UnsafeMutablePointer<FILE>) throws -> Void
  ) throws {
    guard let file = fopen(path, "w") else {
      throw FileError(path, systemError: errno, doing: "cannot be written")
    }
    for word in header {
      for shift in [24, 16, 8, 0] { putc(Int32(word >> shift & 255), file) }
    }
    for index in 0..<header[1] { try row(index, file) }
    guard fclose(file) == 0 else { throw FileError(path, systemError: errno, doing: "cannot be written") }
  }
}

extension Subprocess {
  /// The time in seconds until a training began.
  var start: Double {
    get throws {
      guard let line = lines.first(where: { $0.text.hasPrefix("Run ") }) else {
        throw Failure(description: "the training has not printed its run folder")
      }
      return line.seconds
    }
  }
}

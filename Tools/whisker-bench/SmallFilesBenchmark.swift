import Glibc
import WhiskerCore
import WhiskerData

extension Benchmark {
  /// The time until training begins, the first epoch and the memory, with folders of increasing numbers of small files.
  static func scaleFiles(_ place: BenchContext) throws -> [Row] {
    let counts = place.isQuick ? [500] : [10_000, 100_000, 1_000_000]
    return try counts.flatMap { count in
      let folder = "\(place.scratch)/\(count)"
      defer { _ = try? Subprocess(["rm", "-rf", folder]) }
      try makeFiles(count, in: folder, place)
      var starts: [Double] = []
      var (speeds, memory): ([Double], [Double]) = ([], [])
      place.waitForQuiet()
      for _ in 0..<place.runs {
        let run = try place.train(folder, ["--epochs", "1", "--verbose", "2", "--cache-memory", "0"])
        starts.append(try run.process.start)
        speeds += run.epochs.map(\.imagesPerSecond)
        memory.append(run.process.anonymousMegabytes)
      }
      let name = "\(grouped(count)) small files"
      return [
        Row("start, \(name)", "whisker", unit: "s", starts),
        Row("first epoch, \(name)", "whisker", unit: "images/s", speeds),
        Row("memory, \(name)", "whisker", unit: "MB", memory),
      ]
    }
  }

  /// Digits as PNG files in a hundred classes. No two are equal.
  private static func makeFiles(_ count: Int, in folder: String, _ place: BenchContext) throws {
    guard let digits = try DataSource.open(place.digits).splits[.training] else { return }
    let classes = 100
    let names = (0..<classes).map { "\(folder)/\($0 / 10)\($0 % 10)" }
    _ = try Subprocess(["mkdir", "-p"] + names)
    var pixels = [UInt8](repeating: 0, count: digits.preprocessing.sampleSize)
    for number in 0..<count {
      try pixels.withUnsafeMutableBytes { try digits.read(number % digits.count, into: $0) }
      withUnsafeBytes(of: UInt32(number)) { pixels.replaceSubrange(0..<4, with: $0) }
      let path = "\(names[number % classes])/\(number).png"
      guard let file = fopen(path, "w") else {
        throw FileError(path, systemError: errno, doing: "cannot be written")
      }
      let bytes = PNGEncoder.encode(pixels, height: 28, width: 28, channels: 1)
      fwrite(bytes, 1, bytes.count, file)
      guard fclose(file) == 0 else {
        throw FileError(path, systemError: errno, doing: "cannot be written")
      }
    }
  }
}

import Foundation
import SampleImages
import TestSupport
import Testing
import WhiskerCore

/// Data sets that are made, most of them small and learned in a moment.
enum SmallSets {
  /// A gray PNG picture of one brightness, with a little noise so that no two are equal.
  static func picture(_ brightness: UInt16, _ number: Int, side: Int = 12) throws -> [UInt8] {
    let samples = (0..<side * side).map { brightness + UInt16(($0 * 7 + number * 13) % 20) }
    return try encodePNG(width: side, height: side, samples: samples, options: .init(colorType: .gray))
  }

  /// Pictures of each class, the classes told apart by their brightness.
  static func makeFolder(_ name: String, classes: [String], each count: Int = 12, in folder: TemporaryFolder)
    throws
  {
    for (label, className) in classes.enumerated() {
      for number in 0..<count {
        let brightness = UInt16(20 + label * 200 / max(1, classes.count - 1))
        try folder.write(picture(brightness, number), to: "\(name)/\(className)/\(number).png")
      }
    }
  }

  /// An IDX pair of `count` pictures of 28x28 in ten classes, as a folder that has only a training part.
  static func makeIDX(_ name: String, count: Int, in folder: TemporaryFolder) throws {
    let size = 28 * 28
    var images = [0, 0, 8, 3] + bigEndian(count) + bigEndian(28) + bigEndian(28)
    images.reserveCapacity(images.count + count * size)
    for number in 0..<count {
      for place in 0..<size { images.append(UInt8((number * 31 + place * (number % 10 + 1)) & 0xFF)) }
    }
    try folder.write(images, to: "\(name)/train-images-idx3-ubyte")
    let labels = [0, 0, 8, 1] + bigEndian(count) + (0..<count).map { UInt8($0 % 10) }
    try folder.write(labels, to: "\(name)/train-labels-idx1-ubyte")
  }

  /// Pictures of which every row is another, written as they are made.
  static func makeVariedIDX(_ name: String, count: Int, in folder: TemporaryFolder) throws {
    try folder.write([], to: "\(name)/train-images-idx3-ubyte")
    try folder.write([], to: "\(name)/train-labels-idx1-ubyte")
    let images = try #require(FileHandle(forWritingAtPath: folder.path("\(name)/train-images-idx3-ubyte")))
    let labels = try #require(FileHandle(forWritingAtPath: folder.path("\(name)/train-labels-idx1-ubyte")))
    try images.write(contentsOf: Data([0, 0, 8, 3] + bigEndian(count) + bigEndian(28) + bigEndian(28)))
    try labels.write(contentsOf: Data([0, 0, 8, 1] + bigEndian(count)))
    var generator = SystemRandomNumberGenerator()
    var pixels = [UInt64](repeating: 0, count: 98)
    for start in stride(from: 0, to: count, by: 1000) {
      let rows = start..<min(start + 1000, count)
      var chunk = Data(capacity: rows.count * 784)
      for row in rows {
        pixels[row % 98] = generator.next()
        pixels[0] = UInt64(row)
        pixels.withUnsafeBytes { chunk.append(contentsOf: $0) }
      }
      try images.write(contentsOf: chunk)
      try labels.write(contentsOf: Data(rows.map { UInt8($0 % 10) }))
    }
    try images.close()
    try labels.close()
  }

  /// An IDX pair of `count` pictures of 8x8 of noise, all of one class.
  static func makeNoise(_ name: String, count: Int, in folder: TemporaryFolder) throws {
    var random = RandomStream(seed: 1, purpose: .samples)
    let images = [0, 0, 8, 3] + bigEndian(count) + bigEndian(8) + bigEndian(8)
    let pixels = (0..<count * 64).map { _ in UInt8(random.next(below: 256)) }
    try folder.write(images + pixels, to: "\(name)/train-images-idx3-ubyte")
    let labels = [0, 0, 8, 1] + bigEndian(count)
    try folder.write(labels + [UInt8](repeating: 0, count: count), to: "\(name)/train-labels-idx1-ubyte")
  }

  /// A network whose checkpoints are quickly written, so that it is the training that a test waits for.
  /// - Returns: The options that choose it.
  static func makeNetwork(in folder: TemporaryFolder) throws -> [String] {
    let layers = #"[{"type": "flatten"}, {"type": "dropout", "rate": 0.1}, {"type": "dense"}]"#
    try folder.write(Array(#"{"layers": \#(layers)}"#.utf8), to: "small.json")
    return ["--network", "small.json"]
  }

  private static func bigEndian(_ number: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }
}

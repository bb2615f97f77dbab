import WhiskerData
import WhiskerTensor
import WhiskerTraining

/// Square gray pictures in a text file, one a line: the label, then the pixels from 0 to 255, with commas between.
struct PixelTable: Dataset {
  let classNames: [String]
  let preprocessing: Preprocessing
  /// The pixels are in memory already.
  let isWorthCaching = false

  private let path: String
  private let labels: [UInt8]
  private let pixels: [UInt8]

  /// Reads the table at `path`.
  /// - Throws: `FileError` when it cannot be read, or a line is not what it should be.
  init(_ path: String, side: Int) throws {
    let text = String(decoding: try FileBytes.read(path, limit: 1 << 30), as: UTF8.self)
    var (labels, pixels): ([UInt8], [UInt8]) = ([], [])
    for (number, line) in text.split(separator: "\n").enumerated() {
      let values = line.split(separator: ",").compactMap { UInt8($0) }
      guard values.count == 1 + side * side else {
        throw FileError(path, "has no label and \(side * side) pixels from 0 to 255 in line \(number + 1)")
      }
      labels.append(values[0])
      pixels += values[1...]
    }
    (self.path, self.labels, self.pixels) = (path, labels, pixels)
    classNames = (0...(labels.max() ?? 0)).map { String($0) }
    preprocessing = Preprocessing(height: side, width: side)
  }

  var count: Int { labels.count }

  func label(at index: Int) -> Int { Int(labels[index]) }

  func name(at index: Int) -> String { "line \(index + 1)" }

  func read(_ index: Int, into target: UnsafeMutableRawBufferPointer) {
    let size = preprocessing.sampleSize
    target.copyBytes(from: pixels[index * size..<(index + 1) * size])
  }

  func forEachFile(_ body: (SourceFile) -> Void) { body(SourceFile(path)) }
}

/// Trains on the pictures in a table.
func train(onTable table: String, runs: String) throws -> TrainingOutcome {
  let source = try DataSource(table, parts: [.training: PixelTable(table, side: 28)])
  var configuration = TrainingConfiguration(data: table)
  configuration.preprocessing = source.preprocessing
  (configuration.epochs, configuration.batchSize) = (3, 16)
  let session = try TrainingSession(configuration, source: source)
  return try session.run(in: try RunFolder.next(in: runs)) { _ in }
}

import WhiskerData
import WhiskerCore
import WhiskerReport
import WhiskerTraining

/// Square gray pictures in a text file, one a line: the label, then the pixels from 0 to 255, with commas between.
struct PixelTable: FileBackedDataset {
  let info: DatasetInfo

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
    info = DatasetInfo(
      count: labels.count, classNames: (0...(labels.max() ?? 0)).map { String($0) },
      preprocessing: Preprocessing(height: side, width: side))
  }

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
  let source = try DataSource(table, splits: [.training: PixelTable(table, side: 28)])
  var configuration = TrainingConfiguration(data: table)
  configuration.data.preprocessing = source.preprocessing
  (configuration.optimization.epochs, configuration.optimization.batchSize) = (3, 16)
  let session = try TrainingSession(configuration, source: source)
  let run = try RunFolder.next(in: runs)
  return try session.run(in: run, observers: [RunReporter(run)]) { _ in }
}

extension DataSource.Kind {
  /// A table of pixels.
  static let pixelTable = DataSource.Kind(rawValue: "table of pixels")
}

extension SourceOpener {
  /// A table of pixels: a file whose name ends in `.csv`.
  static let pixelTable = SourceOpener { request in
    guard request.isFile, request.path.hasSuffix(".csv") else { return nil }
    let table = try PixelTable(request.path, side: request.preprocessing?.width ?? 28)
    return try DataSource(request.path, kind: .pixelTable, splits: [.training: table])
  }
}

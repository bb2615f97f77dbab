import WhiskerCore
import WhiskerData
import WhiskerTraining

/// A file with the features of pictures, which appears when it is complete.
protocol FeatureFile: AnyObject {
  /// Adds a picture.
  /// - Throws: `FileError` when it cannot be written.
  func add(_ path: String, _ features: [Float]) throws

  /// Moves the complete file to its path.
  /// - Throws: `FileError`; an existing file is then untouched.
  func commit() throws
}

/// A CSV file with a row per picture: the path, and a column per feature, `f0`, `f1` and so on.
final class FeatureTable: FeatureFile {
  private let table: CSVTable

  init(_ path: String, count: Int) throws {
    table = try CSVTable(path, columns: ["path"] + (0..<count).map { "f\($0)" }, writesStreams: true)
  }

  func add(_ path: String, _ features: [Float]) throws {
    try table.add([path] + features.map { "\($0)" })
  }

  func commit() throws { try table.commit() }
}

/// A safetensors file with `features` F32 `[N, F]` and `paths` U8, each path followed by a NUL. The metadata name the backbone.
final class FeatureTensors: FeatureFile {
  private let stream: SafetensorsStream
  private let paths: SpoolFile
  private let backbone: Backbone
  private var rows = 0

  /// The space for the header, in bytes.
  private static let headerSize = 4096

  init(_ path: String, _ backbone: Backbone) throws {
    self.backbone = backbone
    stream = try SafetensorsStream(path, headerSize: Self.headerSize)
    paths = try SpoolFile(in: AtomicFile.folder(of: path))
  }

  func add(_ path: String, _ features: [Float]) throws {
    try features.withUnsafeBytes { try stream.write($0) }
    try paths.append(path.utf8)
    try paths.append([0])
    rows += 1
  }

  func commit() throws {
    try paths.drain { try stream.write($0) }
    let metadata = ["whisker.preprocessing": try StableJSON.line(backbone.featurePreprocessing)]
    try stream.commit(
      metadata: metadata,
      tensors: [
        .init("features", .float32, [rows, backbone.origin.count]), .init("paths", .uint8, [paths.count]),
      ])
  }
}

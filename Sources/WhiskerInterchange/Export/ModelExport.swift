import WhiskerCore
import WhiskerTraining

/// A model written for other programs.
public struct ModelExport: Sendable {
  /// The path of the file.
  public let path: String
  /// Its format.
  public let format: ExportFormat
  /// The size of the file, in bytes.
  public let size: Int

  /// Writes the model at `path`, atomically, or through a device or a FIFO. The same model gives the same bytes.
  /// - Throws: `FileError` when the model is damaged or the file cannot be written; an old file at the path is then
  ///   untouched.
  public init(_ model: Model, as format: ExportFormat, to path: String) throws {
    let bytes = try format.bytes(of: model)
    let file = try AtomicFile(path, writesStreams: true)
    try bytes.withUnsafeBytes { try file.write($0) }
    try file.commit()
    (self.path, self.format, size) = (path, format, bytes.count)
  }
}

import Glibc
import WhiskerData
import WhiskerCore

/// The dataset that a run or a sweep was trained on.
public struct TrainedData {
  private let folder: RunFolder
  private let path: String
  private let origin: CacheOrigin

  /// The dataset of the run in `folder`; nil if its record cannot be read.
  public init?(_ folder: RunFolder) {
    self.folder = folder
    if let record = try? SweepRecord(SweepFolder(folder)) {
      (path, origin) = (record.configuration.base.data.place, record.origin)
      return
    }
    guard let bytes = try? FileBytes.read(folder.arguments, limit: 8 << 20),
      let arguments = try? StableJSON.decode(
        Checkpoint.Arguments.self, from: String(decoding: bytes, as: UTF8.self))
    else { return nil }
    (path, origin) = (arguments.configuration.data.place, arguments.origin)
  }

  /// Whether `source` is that dataset: at the same place, or with the same files elsewhere.
  /// - Parameter readAhead: Reads the files whose times differ.
  public func isSame(as source: DataSource, readAhead: ReadAhead) -> Bool {
    if origin.hasSameFiles(as: CacheOrigin(of: source, options: DataSource.Options())) { return true }
    if path == source.path { return true }
    if let place = Self.resolved(path), place == Self.resolved(source.path) { return true }
    guard source.kind != .cache else { return false }
    return (try? FileList(folder.fileList).difference(of: source, readAhead: readAhead) == nil) ?? false
  }

  private static func resolved(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}

import Foundation

/// A folder of a test's own, removed with everything in it when the test lets go of it.
public final class TemporaryFolder {
  public let path: String

  public init() throws {
    path = NSTemporaryDirectory() + "/whisker-test-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of something in the folder.
  public func path(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file, making the folders above it. Returns its path.
  @discardableResult
  public func write(_ bytes: [UInt8], to name: String) throws -> String {
    let url = URL(fileURLWithPath: path(name))
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path
  }

  /// Everything below the folder, sorted, as relative paths.
  public func contents() -> [String] {
    (FileManager.default.enumerator(atPath: path)?.allObjects as? [String] ?? []).sorted()
  }
}

/// Where the tests' inputs are.
public enum Fixtures {
  /// The project's root.
  public static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
  /// The sample data in the repository.
  public static let samples = root + "/data"
  /// MNIST, where somebody has put it beside the project.
  public static let mnist = root + "/../shared/data/mnist"
  /// Photos of cats and dogs, where somebody has put them beside the project.
  public static let photos = root + "/../shared/data/cats-dogs"
  /// Published weights, if they are beside the project.
  public static let models = root + "/../shared/models"

  public static var hasModels: Bool { FileManager.default.fileExists(atPath: models) }
  public static var hasMNIST: Bool { FileManager.default.fileExists(atPath: mnist) }
  public static var hasPhotos: Bool { FileManager.default.fileExists(atPath: photos) }
}

import Glibc
import WhiskerCore

extension Model {
  /// Reads a model file, or the best model of a run folder.
  /// - Throws: `FileError` when it cannot be read, is not a Whisker model, or is damaged.
  public init(_ path: String) throws {
    let weights = RunFolder.bestWeights(of: path)
    if weights != nil { try RunFolder(path: path).checkLinks() }
    let file = weights ?? path
    guard !RunFolder(path: file).isFolder else {
      throw FileError(
        path, "holds no model", advice: "Name a .safetensors file, or the folder of a run: runs/train1")
    }
    try self.init(file: file)
  }
}

extension RunFolder {
  /// The best model of the run at `path`, or the last one if there is no best; nil when there is no run.
  static func bestWeights(of path: String) -> String? {
    completeReplacement(in: path)
    let folder = RunFolder(path: path)
    return [folder.best, folder.last].first { access($0, F_OK) == 0 }
  }
}

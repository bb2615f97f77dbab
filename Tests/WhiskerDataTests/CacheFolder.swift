import Foundation
import TestSupport
import WhiskerData
import WhiskerCore

/// A folder with a dataset, and caches made of it.
struct CacheFolder {
  let folder: TemporaryFolder
  var options = DataSource.Options()
  var preprocessing = Preprocessing(height: 2, width: 2)

  init() throws { folder = try TemporaryFolder() }

  /// A dataset with all parts, some unreadable files, a copy and a nested folder.
  static func withPictures() throws -> CacheFolder {
    let caches = try CacheFolder()
    for (part, count) in [("train", 7), ("val", 3), ("test", 2)] {
      for name in ["cat", "dog"] {
        for number in 0..<count {
          let value = UInt8(
            10 * number + (name == "cat" ? 1 : 2) + (part == "val" ? 100 : part == "test" ? 150 : 0))
          try caches.folder.write(flatPNG(value), to: "data/\(part)/\(name)/\(number).png")
        }
      }
    }
    try caches.folder.write(Array("<html>".utf8), to: "data/train/cat/2.png")
    try caches.folder.write(Array(flatPNG(9).prefix(40)), to: "data/train/dog/deep/er/x.png")
    try caches.folder.write([], to: "data/val/cat/0.png")
    return caches
  }

  func open(_ name: String = "data") throws -> DataSource {
    try DataSource.open(folder.path(name), preprocessing, options: options)
  }

  /// Makes a cache of `data`. Returns its path.
  @discardableResult
  func make(
    _ shard: Shard = .whole, _ name: String = "cache.safetensors", of data: String = "data", workers: Int = 2
  ) throws -> String {
    let path = shard.path(of: folder.path(name))
    let preprocessor = try preprocessor(of: data, workers: workers)
    _ = try preprocessor.write(shard, to: path)
    return path
  }

  func preprocessor(of data: String = "data", workers: Int = 2) throws -> CacheBuilder {
    CacheBuilder(try open(data), options: options, readAhead: .init(workers: workers))
  }

  func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: folder.path(name))))
  }
}

/// What a sample is to a training.
struct SeenSample: Equatable {
  let name: String
  let label: Int
  /// Nil where it cannot be read.
  let pixels: [UInt8]?
  let reason: String?
  let fingerprint: Fingerprint?

  static func all(of dataset: (any Dataset)?) -> [SeenSample] {
    guard let dataset else { return [] }
    return (0..<dataset.count).map { index in
      let result = Result { try dataset.sample(at: index) }
      var reason: String?
      if case .failure(let error) = result { reason = (error as? FileError)?.problem.description }
      return SeenSample(
        name: dataset.name(at: index), label: dataset.label(at: index), pixels: try? result.get(),
        reason: reason,
        fingerprint: try? StoredSamples(dataset).fingerprint(at: index))
    }
  }

  static func all(of source: DataSource) -> [DataSource.Split: [SeenSample]] {
    source.splits.mapValues { all(of: $0) }
  }
}

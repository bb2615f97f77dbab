import Foundation
import TestSupport
import Testing
import WhiskerData
import WhiskerCore

@Suite struct StaleCacheTests {
  private var caches: CacheFolder

  init() throws {
    caches = try CacheFolder.withPictures()
    try caches.make()
  }

  private func reason(_ shard: Shard = .whole) throws -> String? {
    try caches.preprocessor().reasonToMake(shard, at: caches.folder.path("cache.safetensors")).map(
      \.description)
  }

  @Test func anUntouchedFolderGivesNoReason() throws { #expect(try reason() == nil) }

  @Test func aMissingCacheIsAReason() throws {
    try FileManager.default.removeItem(atPath: caches.folder.path("cache.safetensors"))
    #expect(try reason() == "it does not exist yet")
  }

  @Test func anAddedFileIsAReason() throws {
    try caches.folder.write(flatPNG(3), to: "data/train/dog/new.png")
    #expect(try reason() == "it was made from 25 files, and there are 26 now")
  }

  @Test func aRenamedFileIsAReason() throws {
    try FileManager.default.moveItem(
      atPath: caches.folder.path("data/train/dog/1.png"), toPath: caches.folder.path("data/train/cat/1b.png"))
    #expect(try reason() == "files were added, removed, renamed, or given another class since it was made")
  }

  @Test func aChangedFileIsAReasonEvenAtTheSameSize() throws {
    try caches.folder.write(flatPNG(3), to: "data/train/dog/1.png")
    #expect(try reason() == "files have changed since it was made")
  }

  @Test mutating func otherOptionsAreAReason() throws {
    caches.preprocessing.width = 3
    #expect(try reason() == "it holds pictures of 2x2 grayscale, stretched, transparency over white")
    caches.preprocessing.width = 2
    caches.options.maximumPixels = 1000
    #expect(try reason() == "it was made with `maximumPixels` 178956970")
    caches.options.maximumPixels = DataSource.Options().maximumPixels
    caches.options.allowsTruncated = true
    #expect(try reason() == "it was made without `allowsTruncated`")
    caches.options.allowsTruncated = false
    caches.options.classNames = ["dog", "cat"]
    #expect(try reason() == "it has the classes cat, dog")
    caches.options.classNames = nil
  }

  @Test func anotherShardIsNotReplaced() throws {
    let error = #expect(throws: FileError.self) { try reason(Shard(index: 1, count: 2)) }
    #expect(error?.problem.description == "is there, and is shard 1 of 1")
  }

  /// A change of permissions leaves sizes and times as they are.
  @Test(.enabled(if: getuid() != 0, "root may open every file"))
  func aFileThatCouldNotBeOpenedThenAndCanBeNowIsAReason() throws {
    let path = caches.folder.path("data/train/dog/1.png")
    chmod(path, 0)
    usleep(20_000)
    let reader = CacheBuilder(try caches.open(), options: caches.options, readAhead: .init(workers: 1))
    _ = try reader.write(to: caches.folder.path("cache.safetensors"))
    chmod(path, 0o644)
    #expect(try reason() == "1 file that could not be opened then can be now")
  }

  @Test func whatIsNoFileIsNotReplaced() throws {
    for name in ["folder.safetensors", "link.safetensors"] {
      let path = caches.folder.path(name)
      if name == "folder.safetensors" {
        #expect(mkdir(path, 0o777) == 0)
      } else {
        #expect(symlink("nowhere", path) == 0)
      }
      let error = #expect(throws: FileError.self) { try caches.preprocessor().reasonToMake(at: path) }
      #expect(error?.problem.description == "exists, but is not a file")
      #expect(throws: FileError.self) { try caches.preprocessor().write(to: path) }
    }
  }

  @Test func aDamagedCacheIsAReason() throws {
    let path = caches.folder.path("cache.safetensors")
    truncate(path, 5000)
    #expect(try #require(try reason()).hasPrefix("it is damaged"))
  }

  @Test func whatIsNoCacheIsNeverReplaced() throws {
    try caches.folder.write(Array("my thesis".utf8), to: "cache.safetensors")
    let error = #expect(throws: FileError.self) { try reason() }
    #expect(error?.problem.description == "is there, and is no cache of Whisker's")
    #expect(error?.advice?.description.contains("`overwrites`") == true)
  }
}

import Foundation
import TestSupport
import Testing
import WhiskerData
import WhiskerCore

@Suite struct ShardTests {
  private let caches: CacheFolder

  init() throws { caches = try CacheFolder.withPictures() }

  private func makeShards(_ count: Int, in name: String = "shards") throws {
    try FileManager.default.createDirectory(
      atPath: caches.folder.path(name), withIntermediateDirectories: true)
    // In whatever order the machines come to it.
    for index in (1...count).reversed() {
      try caches.make(Shard(index: index, count: count), "\(name)/set.safetensors")
    }
  }

  /// 25 samples: fewer than some numbers of shards, and no multiple of others.
  @Test(arguments: [1, 2, 3, 7, 25, 40]) func anyNumberOfShardsIsReadAsOneCache(_ count: Int) throws {
    try makeShards(count)
    let expected = try SeenSample.all(of: caches.open())
    #expect(try SeenSample.all(of: caches.open("shards")) == expected)
    #expect(try SeenSample.all(of: caches.open("shards/set*.safetensors")) == expected)
  }

  @Test func shardsAndTheWholeCanBeMadeOfEachOther() throws {
    try makeShards(4)
    try caches.make()
    try caches.make(.whole, "merged.safetensors", of: "shards")
    #expect(try caches.bytes("merged.safetensors") == caches.bytes("cache.safetensors"))
    try caches.make(Shard(index: 2, count: 4), "split.safetensors", of: "cache.safetensors")
    #expect(
      try caches.bytes("split-00002-of-00004.safetensors")
        == caches.bytes("shards/set-00002-of-00004.safetensors"))
  }

  @Test func aCacheBesideOtherFilesDoesNotStandForThem() throws {
    let digits = try CacheFolder()
    try digits.folder.writePair(IDXBytes.images([1, 2]), IDXBytes.labels([0, 1]), below: "data/")
    try digits.make(.whole, "data/c.safetensors")
    #expect(try digits.open().kind == .idx)
    #expect(try digits.preprocessor().reasonToMake(at: digits.folder.path("data/c.safetensors")) == nil)
    try makeShards(2)
    try caches.folder.write([1], to: "shards/runs/train1/x")
    #expect(try caches.open("shards").kind == .cache)
    #expect(try !DataSource.holdsCache(caches.folder.path("data/train/cat/*.png")))
  }

  @Test func aClassWithoutSamplesIsNoObstacle() throws {
    let digits = try CacheFolder()
    try digits.folder.writePair(IDXBytes.images([1, 2, 3]), IDXBytes.labels([0, 3, 3]), below: "data/")
    try digits.make()
    #expect(try SeenSample.all(of: digits.open("cache.safetensors")) == SeenSample.all(of: digits.open()))
  }

  @Test func aMissingShardIsNamed() throws {
    try makeShards(5)
    for index in [2, 5] {
      try FileManager.default.removeItem(
        atPath: caches.folder.path("shards/set-0000\(index)-of-00005.safetensors"))
    }
    let error = #expect(throws: FileError.self) { try caches.open("shards") }
    #expect(error?.problem.description == "lacks 2 shards of 5: 2, 5")
    let single = #expect(throws: FileError.self) { try caches.open("shards/set-00001-of-00005.safetensors") }
    #expect(single?.problem.description == "lacks 4 shards of 5: 2, 3, 4, 5")
    #expect(single?.advice?.description.contains("folder") == true)
  }

  @Test func filesThatDoNotBelongTogetherAreNotMixed() throws {
    try makeShards(2)
    try caches.make(.whole, "shards/other.safetensors")
    let error = #expect(throws: FileError.self) { try caches.open("shards") }
    #expect(error?.problem.description.contains("does not belong to the same dataset") == true)
  }

  @Test func aShardThatIsThereTwiceIsAnError() throws {
    try makeShards(2)
    let path = caches.folder.path("shards/set-00001-of-00002.safetensors")
    try FileManager.default.copyItem(atPath: path, toPath: caches.folder.path("shards/copy.safetensors"))
    let error = #expect(throws: FileError.self) { try caches.open("shards") }
    #expect(error?.problem.description.contains("is the same shard as") == true)
  }

  @Test func aShardFromOtherFilesDoesNotFit() throws {
    try makeShards(2)
    try caches.folder.write(flatPNG(77), to: "data/train/cat/0.png")
    try caches.make(Shard(index: 1, count: 2), "shards/set.safetensors")
    let error = #expect(throws: FileError.self) { try caches.open("shards") }
    #expect(error?.problem.description.contains("does not belong") == true)
  }

  @Test func theShardsAreAlmostEqual() {
    for count in [1, 3, 16, 99] {
      for total in [0, 1, 15, 1000] {
        let sizes = (1...count).map { Shard(index: $0, count: count).range(of: total).count }
        #expect(sizes.reduce(0, +) == total)
        #expect(sizes.max()! - sizes.min()! <= 1)
      }
    }
  }
}

import Foundation
import TestSupport
import Testing
import WhiskerData
import WhiskerCore

/// What Whisker itself has written among the pictures.
@Suite struct OwnFolderTests {
  private let caches: CacheFolder
  private var folder: TemporaryFolder { caches.folder }

  init() throws {
    caches = try CacheFolder()
    for (index, name) in ["cat/1.png", "dog/1.png", "dog/2.png"].enumerated() {
      try folder.write(flatPNG(UInt8(index)), to: "data/\(name)")
    }
  }

  private func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(
      atPath: folder.path("data/\(name)"), withIntermediateDirectories: true)
  }

  /// A run as it lies on the disk, with the start of a model.
  private func addRun(_ name: String) throws {
    let model = [16, 0, 0, 0, 0, 0, 0, 0] + Array(#"{"__metadata__"}"#.utf8)
    for file in ["args.json", "results.csv", "split.csv", "report.html"] {
      try folder.write([1], to: "data/\(name)/\(file)")
    }
    try folder.write(model, to: "data/\(name)/weights/best.safetensors")
  }

  private func expectPets(_ notes: [String]) throws {
    let source = try caches.open()
    #expect(source.kind == .imageFolder && source.classNames == ["cat", "dog"])
    #expect(source.splits[.training].map(names) == ["cat/1.png", "dog/1.png", "dog/2.png"])
    #expect(source.notes == notes)
  }

  @Test(arguments: ["runs/train1", "sweeps/sweep1", "mine", "results/2026/mine"])
  func aFolderThatHoldsARunIsNoClass(_ place: String) throws {
    try addRun(place)
    let top = place.split(separator: "/")[0]
    try expectPets(["1 entry ignored that Whisker wrote (\(top))"])
  }

  @Test func notesAndScreenshotsBesideARunDoNotMakeItAClass() throws {
    try addRun("runs/train1")
    try folder.write(Array("better".utf8), to: "data/runs/notes.txt")
    try folder.write(flatPNG(9), to: "data/runs/train1/screenshot.png")
    try folder.write(flatPNG(9), to: "data/runs/screenshot.png")
    try expectPets(["1 entry ignored that Whisker wrote (runs)"])
  }

  @Test func aRunWithinAClassIsNoneOfItsPictures() throws {
    try addRun("cat/runs/train1")
    try expectPets(["1 entry ignored that Whisker wrote (cat/runs/train1)"])
  }

  @Test func aRunThatWasKilledAtItsStartOrFailedIsNoClass() throws {
    try makeFolder("runs/train1/weights")
    try makeFolder("runs/train2")
    try makeFolder("sweeps")
    try folder.write([], to: "data/shards/.whisker-abc~")
    let source = try caches.open()
    #expect(source.classNames == ["cat", "dog"])
  }

  @Test func aRunInTheFolderItselfIsNoClass() throws {
    try addRun("")
    let source = try caches.open()
    #expect(source.classNames == ["cat", "dog"])
    #expect(!source.notes.contains { $0.contains("beside the class folders") })
  }

  @Test func aClassThatIsCalledLikeARunsFolderIsAClass() throws {
    try folder.write(flatPNG(5), to: "data/weights/1.png")
    try folder.write(flatPNG(6), to: "data/runs/1.png")
    try folder.write(flatPNG(7), to: "data/gym/weights/1.png")
    #expect(try caches.open().classNames == ["cat", "dog", "gym", "runs", "weights"])
  }

  @Test func aDividedSetStaysDividedBesideRuns() throws {
    let folder = try TemporaryFolder()
    for name in ["train/cat/1", "train/dog/1", "val/cat/1", "val/dog/1"] {
      try folder.write(flatPNG(1), to: name)
    }
    try folder.write([1], to: "runs/train1/args.json")
    try FileManager.default.createDirectory(
      atPath: folder.path("runs/train1/weights"), withIntermediateDirectories: true)
    let source = try DataSource.open(folder.path, Preprocessing(height: 2, width: 2))
    #expect(Set(source.splits.keys) == [.training, .validation])
    #expect(source.notes == ["1 entry ignored that Whisker wrote (runs)"])
    #expect(source.classNames == ["cat", "dog"])
  }

  @Test func theFolderOfARunIsNotADataSet() throws {
    try addRun("runs/train1")
    let error = #expect(throws: FileError.self) { try caches.open("data/runs/train1") }
    #expect(error?.problem.description == "is the folder of a run, not a dataset")
  }

  @Test func aCacheInTheFolderOfThePicturesIsUsedOnlyWhereItIsNamed() throws {
    try caches.make(name: "data/pets.safetensors")
    try folder.write(flatPNG(8), to: "data/owl/1.png")
    let note =
      "1 entry ignored that Whisker wrote (pets.safetensors). To use a tensor cache, name its file"
    #expect(try caches.open().classNames == ["cat", "dog", "owl"])
    #expect(try caches.open().notes == [note])
    #expect(try !DataSource.holdsCache(folder.path("data")))
    #expect(try caches.open("data/pets.safetensors").classNames == ["cat", "dog"])
  }

  @Test func shardsAndCachesBelowThePicturesAreNoClass() throws {
    for index in 1...2 {
      try caches.make(Shard(index: index, count: 2), name: "data/shards/pets.safetensors")
    }
    try caches.make(name: "data/cat/cache.safetensors")
    let source = try caches.open()
    #expect(source.classNames == ["cat", "dog"])
    #expect(source.splits[.training].map(names) == ["cat/1.png", "dog/1.png", "dog/2.png"])
    #expect(try caches.open("data/shards").kind == .cache)
  }

  @Test func aFolderOfShardsMayHoldRunsAndOtherFoldersWithoutPictures() throws {
    try caches.make(name: "shards/pets.safetensors")
    try folder.write([1], to: "shards/runs/train1/args.json")
    try folder.write([1], to: "shards/logs/1.txt")
    #expect(try caches.open("shards").kind == .cache)
  }

  @Test func picturesToPredictAreNotLookedForInRuns() throws {
    try addRun("runs/train1")
    try caches.make(name: "data/pets.safetensors")
    let found = try PictureFile.find(folder.path("data")).map(\.name)
    #expect(found == ["cat/1.png", "dog/1.png", "dog/2.png"].map { folder.path("data/\($0)") })
  }

  @Test func whatSystemsLeaveInFoldersIsIgnoredAndNoted() throws {
    for name in ["Thumbs.db", "cat/Thumbs.db", "dog/desktop.ini", "__MACOSX/cat/._1.png", "cat/@eaDir/1.png"]
    {
      try folder.write([1, 2], to: "data/\(name)")
    }
    try expectPets(["5 system entries ignored (@eaDir, Thumbs.db, __MACOSX, ...)"])
    let found = try PictureFile.find(folder.path("data")).map(\.name)
    #expect(found.count == 3)
  }
}

extension CacheFolder {
  fileprivate func make(_ shard: Shard = .whole, name: String) throws {
    let preprocessor = try preprocessor()
    let path = shard.path(of: folder.path(name))
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    _ = try preprocessor.write(shard, to: path)
  }
}

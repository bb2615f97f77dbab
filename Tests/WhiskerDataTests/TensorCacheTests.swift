import Foundation
import SampleImages
import TestSupport
import Testing
import WhiskerData
import WhiskerCore

@Suite struct TensorCacheTests {
  @Test func aCacheOfAFolderHoldsWhatTheFolderDoes() throws {
    let caches = try CacheFolder.withPictures()
    try caches.make()
    let (source, cache) = (try caches.open(), try caches.open("cache.safetensors"))
    #expect(cache.kind == .cache)
    #expect(cache.classNames == source.classNames)
    #expect(cache.preprocessing == caches.preprocessing)
    #expect(SeenSample.all(of: cache) == SeenSample.all(of: source))
    #expect(SeenSample.all(of: cache)[.training]?.count { $0.pixels == nil } == 2)
  }

  @Test(arguments: [0, 1, 2, 5]) func theBytesOfACacheDoNotDependOnTheWorkers(_ workers: Int) throws {
    let caches = try CacheFolder.withPictures()
    try caches.make(.whole, "one.safetensors", workers: 1)
    try caches.make(.whole, "other.safetensors", workers: workers)
    #expect(try caches.bytes("one.safetensors") == caches.bytes("other.safetensors"))
  }

  @Test func colourAndIDXFilesAreKeptToo() throws {
    var colour = try CacheFolder()
    colour.preprocessing = Preprocessing(height: 3, width: 2, colorMode: .rgb)
    try colour.folder.write(flatPNG(7), to: "data/a/1.png")
    try colour.folder.write(flatPNG(90), to: "data/b/1.png")
    let path = try colour.make()
    #expect(try SeenSample.all(of: colour.open("cache.safetensors")) == SeenSample.all(of: colour.open()))
    #expect(try SafetensorsReader(path).shape(of: "images") == [2, 3, 2, 3])

    let digits = try CacheFolder()
    try digits.folder.writePair(IDXBytes.images([1, 2, 3]), IDXBytes.labels([0, 1, 1]), below: "data/")
    try digits.folder.writePair(IDXBytes.images([4]), IDXBytes.labels([1]), below: "data/", part: "t10k")
    try digits.make()
    #expect(try SeenSample.all(of: digits.open("cache.safetensors")) == SeenSample.all(of: digits.open()))
  }

  @Test func theTensorsAreWhatTheDocumentationSays() throws {
    let caches = try CacheFolder()
    try caches.folder.write(flatPNG(5), to: "data/cat/1.png")
    try caches.folder.write(flatPNG(6), to: "data/dog/x/2.png")
    let path = try caches.make()
    let file = try SafetensorsReader(path)
    #expect(file.names == ["checksums", "fingerprints", "images", "labels", "paths", "skipped"])
    #expect(file.shape(of: "images") == [2, 2, 2])
    #expect(try file.withBytes(of: "images", type: .uint8, Array.init) == [5, 5, 5, 5, 6, 6, 6, 6])
    #expect(try file.withBytes(of: "labels", type: .int32, Array.init) == [0, 0, 0, 0, 1, 0, 0, 0])
    #expect(
      try file.withBytes(of: "paths", type: .uint8, Array.init) == Array("cat/1.png\0dog/x/2.png\0".utf8))
    #expect(file.metadata["whisker.cache"] == "2")
    #expect(file.metadata["whisker.classes"] == #"["cat","dog"]"#)
    // The images start at a page, so that they can be read past every cache of the system's.
    #expect(try caches.bytes("cache.safetensors").count % 4096 != 0)
    #expect(Array(try caches.bytes("cache.safetensors")[4096..<4104]) == [5, 5, 5, 5, 6, 6, 6, 6])
  }

  @Test func namesThatAreNoTextSurvive() throws {
    let caches = try CacheFolder()
    let strange: [UInt8] = Array("data/a/".utf8) + [0xFF, 0x0A, 0x41]
    try caches.folder.write(flatPNG(1), to: "data/a/1.png")
    try caches.folder.write(flatPNG(2), to: "data/b/2.png")
    let source = Array((caches.folder.path + "/data/a/1.png").utf8CString)
    let target = (Array(caches.folder.path.utf8) + [UInt8(ascii: "/")] + strange + [0]).map {
      CChar(truncatingIfNeeded: $0)
    }
    #expect(link(source, target) == 0)
    try caches.make()
    let (seen, cached) = (try caches.open(), try caches.open("cache.safetensors"))
    #expect(SeenSample.all(of: cached) == SeenSample.all(of: seen))
    #expect(SeenSample.all(of: cached)[.training]?.contains { $0.name == "a/\\xff\\x0aA" } == true)
  }

  @Test func aCacheThatHoldsSomethingElseThanWantedIsRefused() throws {
    var caches = try CacheFolder.withPictures()
    try caches.make()
    caches.preprocessing = Preprocessing(height: 5, width: 2)
    let size = #expect(throws: FileError.self) { try caches.open("cache.safetensors") }
    #expect(
      size?.problem.description.contains("2x2 grayscale") == true
        && size?.problem.description.contains("5x2") == true)
    caches.preprocessing = Preprocessing(height: 2, width: 2)
    caches.options.classNames = ["dog", "cat"]
    let classes = #expect(throws: FileError.self) { try caches.open("cache.safetensors") }
    #expect(classes?.problem.description.contains("cat, dog") == true)
  }

  @Test func whereNotOneFileCanBeReadThereIsNoCache() throws {
    let caches = try CacheFolder()
    for name in ["a/1", "b/1"] { try caches.folder.write([1, 2, 3], to: "data/\(name)") }
    let error = #expect(throws: FileError.self) { try caches.make() }
    #expect(
      error?.problem.description.contains("has no picture that can be read for the class a, b (a/1 ") == true)
    #expect(caches.folder.contents().allSatisfy { $0.hasPrefix("data") })
  }

  @Test func theErrorPolicyCanBeToFail() throws {
    let caches = try CacheFolder.withPictures()
    let preprocessor = CacheBuilder(
      try caches.open(), options: caches.options, readAhead: .init(workers: 2), policy: .fail)
    let failure = #expect(throws: SampleFailure.self) {
      try preprocessor.write(to: caches.folder.path("cache.safetensors"))
    }
    #expect(failure?.name == "train/cat/2.png")
    #expect(!caches.folder.contents().contains("cache.safetensors"))
  }

  @Test func aWishToStopLeavesNothing() throws {
    let caches = try CacheFolder.withPictures()
    let summary = try caches.preprocessor().write(
      to: caches.folder.path("cache.safetensors"), shouldStop: { true })
    #expect(summary == nil)
    #expect(caches.folder.contents().allSatisfy { $0.hasPrefix("data") })
  }

  @Test func theWholeIsReportedAsItGoes() throws {
    let caches = try CacheFolder.withPictures()
    var reports: [CacheBuilder.Progress] = []
    let summary = try #require(
      try caches.preprocessor().write(
        to: caches.folder.path("c.safetensors"), progress: { reports.append($0) }))
    #expect(summary.rows == 22 && summary.skippedCount == 3 && summary.skipped.count == 3)
    #expect(summary.size == (try caches.bytes("c.safetensors").count))
    #expect(reports.last?.done == 25 && reports.allSatisfy { $0.total == 25 })
    #expect(zip(reports, reports.dropFirst()).allSatisfy { $0.done < $1.done })
  }
}

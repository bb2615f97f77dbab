import Foundation
import TestSupport
import Testing
import WhiskerData
import WhiskerCore

@Suite struct CopiesTests {
  private func groups(_ dataset: any Dataset, workers: Int = 2) throws -> [[Int]] {
    try dataset.copies(readAhead: .init(workers: workers)).map { $0.map(Int.init) }
  }

  /// The groups as a dictionary finds them.
  private func expected(_ contents: [UInt32?]) -> [[Int]] {
    let readable = contents.indices.filter { contents[$0] != nil }
    return Dictionary(grouping: readable) { contents[$0] }.values.filter { $0.count > 1 }.sorted {
      $0[0] < $1[0]
    }
  }

  private func random(_ count: Int, below bound: Int) -> [UInt32?] {
    var random = RandomStream(seed: 4, purpose: .samples)
    return (0..<count).map { _ in random.next(below: 50) == 0 ? nil : UInt32(random.next(below: bound)) }
  }

  @Test(arguments: [0, 1, 2, 3, 100, 5000], [1, 10, 1000, 1_000_000_000])
  func samplesWithEqualContentsAreFound(_ count: Int, kinds: Int) throws {
    let contents = random(count, below: kinds)
    for workers in [0, 1, 3] {
      #expect(try groups(WordDataset(contents: contents), workers: workers) == expected(contents))
    }
  }

  @Test func amongManyTheFewCopiesAreFound() throws {
    let contents = (0..<200_000).map { index -> UInt32? in UInt32(index == 170_000 ? 3 : index) }
    #expect(try groups(WordDataset(contents: contents)) == [[3, 170_000]])
  }

  @Test func copiesAreCountedWithoutTheirFirst() throws {
    let copies = try WordDataset(contents: [5, 6, 5, 7, 6, 5]).copies(readAhead: .init(workers: 1))
    #expect(copies.map(Array.init) == [[0, 2, 5], [1, 4]])
    #expect(copies.copyCount == 3)
    #expect(CopyGroups.none.copyCount == 0 && CopyGroups.none.isEmpty)
  }

  @Test func aCacheFindsWhatItsSourceFinds() throws {
    let source = WordDataset(contents: [1, 2, 1])
    #expect(try groups(SampleCache(source, budget: 100)) == [[0, 2]])
  }

  @Test func whereTheMachineRunsOutOfSomethingThatIsSaid() throws {
    struct Exhausted: Dataset {
      let info = DatasetInfo(
        count: 3, classNames: ["all"], preprocessing: Preprocessing(height: 1, width: 1))
      func label(at index: Int) -> Int { 0 }
      func name(at index: Int) -> String { "\(index)" }
      func read(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) throws {
        throw try #require(ResourceError(name(at: index), systemError: EMFILE))
      }
    }
    #expect(throws: ResourceError.self) { try Exhausted().copies(readAhead: .init(workers: 1)) }
  }

  // MARK: files

  /// The start of a JPEG file.
  private let signature: [UInt8] = [0xFF, 0xD8, 0xFF]

  /// A folder of one class whose files have the given contents, and the groups among them by name.
  private func copies(
    _ files: [String: [UInt8]], workers: Int = 2, change: (TemporaryFolder) throws -> Void = { _ in }
  )
    throws -> [[String]]
  {
    let folder = try TemporaryFolder()
    for (name, bytes) in files { try folder.write(bytes, to: "all/\(name)") }
    let source = try DataSource.open(folder.path, Preprocessing())
    try change(folder)
    let dataset = try #require(source.splits[.training])
    return try groups(dataset, workers: workers).map { $0.map { String(dataset.name(at: $0).dropFirst(4)) } }
  }

  /// What starts like a picture, and has `count` bytes more.
  private func bytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var random = RandomStream(seed: seed, purpose: .samples)
    return signature + (0..<count).map { _ in UInt8(random.next(below: 256)) }
  }

  @Test(arguments: [0, 1, 3]) func filesWithEqualContentsAreFound(_ workers: Int) throws {
    var files: [String: [UInt8]] = [:]
    for number in 100..<200 { files["\(number)"] = bytes(5000 + number / 10, seed: UInt64(number)) }
    (files["500"], files["050"]) = (files["150"], files["170"])
    (files["501"], files["502"]) = (files["199"], files["199"])
    #expect(
      try copies(files, workers: workers) == [["050", "170"], ["150", "500"], ["199", "501", "502"]])
  }

  @Test(arguments: [1, 2, 255, 256, 257, 511, 512, 513, 5000])
  func filesOfOneSizeThatDifferAnywhereAreNoCopies(_ size: Int) throws {
    var files = ["original": bytes(size), "copy": bytes(size)]
    for place in Set([0, size / 4, size / 2, size * 3 / 4, size - 1]) {
      files["other\(place)"] = bytes(size)
      files["other\(place)"]?[signature.count + place] ^= 0x80
    }
    #expect(try copies(files) == [["copy", "original"]])
  }

  @Test(arguments: [0, 2]) func copiesAreCountedAcrossSplits(_ workers: Int) throws {
    let folder = try TemporaryFolder()
    let places: [(seed: UInt64, paths: [String])] = [
      (1, ["train/a/1", "train/b/1", "val/a/1", "val/b/1", "test/a/1"]), (2, ["train/a/2", "test/b/2"]),
      (3, ["train/a/3", "train/b/3"]), (4, ["val/a/4", "val/b/4", "test/a/4"]), (5, ["train/b/5"]),
    ]
    for (seed, paths) in places { for path in paths { try folder.write(bytes(900, seed: seed), to: path) } }
    let source = try DataSource.open(folder.path, Preprocessing())
    let all = try source.copies(acrossSplitsOnly: false, readAhead: .init(workers: workers))
    #expect(all.across == [.validation: 2, .test: 2])
    let training = try #require(source.splits[.training])
    #expect(
      all.training.map { $0.map { training.name(at: Int($0)) } } == [
        ["train/a/1", "train/b/1"], ["train/a/3", "train/b/3"],
      ])
    let across = try source.copies(acrossSplitsOnly: true, readAhead: .init(workers: workers))
    #expect(across.across == all.across && across.training.isEmpty)
  }

  @Test func emptyFilesAreNoCopies() throws {
    #expect(try copies(["a": [], "b": [], "c": bytes(900), "e": bytes(900)]) == [["c", "e"]])
  }

  @Test func aFileThatIsGoneWhenItIsComparedIsAFaultOfTheMachine() throws {
    let error = #expect(throws: ResourceError.self) {
      try copies(["c": bytes(900), "d": bytes(900)]) {
        try FileManager.default.removeItem(atPath: $0.path("all/d"))
      }
    }
    #expect(error?.description.hasPrefix("all/d: cannot be found") == true, "\(String(describing: error))")
  }

  /// They are in no training, and may be large.
  @Test func whatIsNoPictureIsNoCopy() throws {
    let text = Array("not a picture, but twice the same".utf8)
    #expect(try copies(["a": text, "b": text]) == [])
  }

  @Test func imagesOfAnIDXFileAreComparedAsStored() throws {
    let folder = try TemporaryFolder()
    try folder.writePair(IDXBytes.images([7, 8, 7, 7]), IDXBytes.labels([0, 1, 0, 1]))
    let source = try DataSource.open(folder.path, Preprocessing(height: 5, width: 5))
    #expect(try groups(#require(source.splits[.training])) == [[0, 2, 3]])
  }
}

import Foundation
import Testing

private let limit = TimeLimitTrait.Duration.minutes(1)

@Suite(.enabled(if: isInstalled("curl"), "curl is not installed"), .timeLimit(limit))
struct FetchMNISTTests {
  let images = noise(300_000, seed: 1)
  let labels = noise(999, seed: 2)

  var files: [String: [UInt8]] { ["images.gz": images, "labels.gz": labels] }

  func workbench(_ behavior: LoopbackServer.Behavior = .init()) throws -> Workbench {
    try Workbench("fetch-mnist", serving: files, behavior)
  }

  /// For the tests about one file.
  func oneFile(
    serving: [UInt8]? = nil, _ behavior: LoopbackServer.Behavior = .init()
  ) throws -> Workbench {
    try Workbench(
      "fetch-mnist", serving: ["images.gz": serving ?? images], expecting: ["images.gz": images], behavior)
  }

  @Test func fetchesEveryFileAndTellsTheNextCommand() async throws {
    let bench = try workbench()
    let result = try await bench.run()
    #expect(result.status == 0, "\(result.output)")
    #expect(bench.names == ["images.gz", "labels.gz"])
    #expect((bench.holds(images, at: "images.gz")) as Bool)
    #expect((bench.holds(labels, at: "labels.gz")) as Bool)
    #expect(result.output.contains("whisker train /"))
  }

  @Test func aCutConnectionIsResumedInTheSameRun() async throws {
    let bench = try oneFile(.init(cutAfter: 120_000))
    let result = try await bench.run()
    #expect(result.status == 0, "\(result.output)")
    #expect((bench.holds(images, at: "images.gz")) as Bool)
    #expect(bench.server.requests.map(\.rangeStart) == [nil, 120_000, 240_000])
  }

  @Test func thePartOfAnEarlierRunIsResumed() async throws {
    let bench = try oneFile()
    try bench.put(Array(images[..<100_000]), at: ".images.gz.part")
    let result = try await bench.run()
    #expect(result.status == 0, "\(result.output)")
    #expect((bench.holds(images, at: "images.gz")) as Bool)
    #expect(bench.server.requests == [.init(path: "images.gz", rangeStart: 100_000)])
  }

  @Test func aWholePartIsNotFetchedAgain() async throws {
    let bench = try oneFile()
    try bench.put(images, at: ".images.gz.part")
    let result = try await bench.run()
    #expect(result.status == 0, "\(result.output)")
    #expect(bench.names == ["images.gz"])
    #expect(bench.server.requests.isEmpty)
  }

  @Test func aServerWithoutRangeStartsOver() async throws {
    let bench = try oneFile(.init(ignoresRange: true))
    try bench.put(Array(images[..<100_000]), at: ".images.gz.part")
    let result = try await bench.run()
    #expect(result.status == 0, "\(result.output)")
    #expect(result.output.contains("starting over"))
    #expect((bench.holds(images, at: "images.gz")) as Bool)
    #expect(bench.server.requests.map(\.rangeStart) == [100_000, nil])
  }

  @Test func aServerThatCutsAndHasNoRangeIsGivenUp() async throws {
    let bench = try oneFile(.init(ignoresRange: true, cutAfter: 120_000))
    let result = try await bench.run()
    #expect(result.status == 1)
    #expect(bench.names == [".images.gz.part"])
    #expect(bench.server.requests.map(\.rangeStart) == [nil, 120_000, nil])
  }

  @Test(arguments: [false, true])
  func aCorruptDownloadIsRemovedAndNamed(isLonger: Bool) async throws {
    let bench = try oneFile(serving: isLonger ? images + [0] : noise(images.count, seed: 3))
    let result = try await bench.run()
    #expect(result.status == 1)
    #expect(bench.names == [])
    #expect(result.output.contains("images.gz is corrupt"))
  }

  @Test func aPartLongerThanTheFileIsRemoved() async throws {
    let bench = try oneFile()
    try bench.put(images + [0], at: ".images.gz.part")
    let result = try await bench.run()
    #expect(result.status == 1)
    #expect(bench.names == [])
    let rerun = try await bench.run()
    #expect(rerun.status == 0, "\(rerun.output)")
    #expect((bench.holds(images, at: "images.gz")) as Bool)
  }

  @Test(arguments: [0, 20])
  func aWebPageInsteadOfTheFileIsCalledThat(bytesAlreadyThere: Int) async throws {
    let bench = try oneFile(.init(servesPage: true))
    if bytesAlreadyThere > 0 { try bench.put(Array(images[..<bytesAlreadyThere]), at: ".images.gz.part") }
    let result = try await bench.run()
    #expect(result.status == 1)
    #expect(bench.names == [])
    #expect(result.output.contains("a web page (HTML)"))
    #expect(result.output.contains("images.gz"))
  }

  @Test func aFileThatIsThereIsNotFetchedAgain() async throws {
    let bench = try workbench()
    try bench.put(images, at: "images.gz")
    let result = try await bench.run()
    #expect(result.status == 0, "\(result.output)")
    #expect(bench.server.requests.map(\.path) == ["labels.gz"])
  }

  @Test func aWrongFileThatIsThereIsLeftAlone() async throws {
    let bench = try oneFile()
    try bench.put(labels, at: "images.gz")
    let result = try await bench.run()
    #expect(result.status == 1)
    #expect((bench.holds(labels, at: "images.gz")) as Bool)
    #expect(result.output.contains("images.gz exists, but is not the expected file"))
    #expect(bench.server.requests.isEmpty)
  }

  @Test func aKilledRunLeavesOnlyAPartAndIsResumed() async throws {
    let bench = try oneFile(.init(dripMicroseconds: 500_000))
    let first = try bench.start()
    try await bench.waitFor(".images.gz.part")
    kill(first.process.processIdentifier, SIGKILL)
    _ = try await first.finish()
    #expect(bench.names == [".images.gz.part"])

    bench.server.behavior = .init()
    let second = try await bench.run()
    #expect(second.status == 0, "\(second.output)")
    #expect((bench.holds(images, at: "images.gz")) as Bool)
    #expect((bench.server.requests.last?.rangeStart ?? 0) > 0)
  }

  @Test func ctrlCLeavesOnlyAPart() async throws {
    let bench = try oneFile(.init(dripMicroseconds: 500_000))
    let run = try bench.start()
    try await bench.waitFor(".images.gz.part")
    // Like a terminal: to the whole process group, which Foundation creates for every process.
    let pid = run.process.processIdentifier
    try #require(getpgid(pid) == pid)
    kill(-pid, SIGINT)
    let result = try await run.finish()
    #expect(result.status == 130)
    #expect(bench.names == [".images.gz.part"])
  }

  @Test func twoRunsAtOnceFetchEveryFileOnce() async throws {
    let bench = try workbench(.init(dripMicroseconds: 10_000))
    let first = try bench.start()
    let second = try bench.start()
    let results = [try await first.finish(), try await second.finish()]
    #expect(results.map(\.status) == [0, 0], "\(results)")
    #expect((bench.holds(images, at: "images.gz")) as Bool)
    #expect(bench.server.requests.map(\.path).sorted() == ["images.gz", "labels.gz"])
  }

  @Test func aRunWaitsForTheOneAtWork() async throws {
    let bench = try oneFile()
    try bench.put([], at: ".fetch.lock")
    let lock = open(bench.target.appending(path: ".fetch.lock").path, O_RDWR | O_CLOEXEC)
    try #require(flock(lock, LOCK_EX) == 0)
    let run = try bench.start()
    while !run.output.contains("another fetch is running") { try await Task.sleep(for: .milliseconds(5)) }
    #expect(bench.server.requests.isEmpty)
    // Closing releases the lock, as the end of a process does.
    close(lock)
    let result = try await run.finish()
    #expect(result.status == 0, "\(result.output)")
    #expect((bench.holds(images, at: "images.gz")) as Bool)
  }

  @Test func anUnreachableServerIsAnErrorThatTellsWhatToDo() async throws {
    let bench = try oneFile()
    bench.server.stop()
    let result = try await bench.run()
    #expect(result.status == 1)
    #expect(result.output.contains("cannot fetch \(bench.server.url)/images.gz"))
    #expect(result.output.contains("WHISKER_MIRROR"))
    #expect(bench.names == [])
  }

  @Test func theNextMirrorIsTried() async throws {
    let bench = try oneFile()
    let wrong = try LoopbackServer([:], .init(servesPage: true))
    let empty = try LoopbackServer([:])
    defer {
      wrong.stop()
      empty.stop()
    }
    bench.environment["WHISKER_MIRROR"] = "\(wrong.url)/ \(empty.url) \(bench.server.url)/"
    let result = try await bench.run()
    #expect(result.status == 0, "\(result.output)")
    #expect((bench.holds(images, at: "images.gz")) as Bool)
    #expect(wrong.requests.count == 1 && empty.requests.count == 1)
  }

  @Test func aFullDiskIsCalledThat() async throws {
    let bench = try oneFile()
    // With a file size limit and its signal ignored, writing fails as on a full disk.
    try bench.shadow(
      "curl",
      with: """
        #!/bin/bash
        trap '' XFSZ
        ulimit -f 64
        PATH=${PATH#*:} exec curl "$@"

        """)
    let result = try await bench.run()
    #expect(result.status == 1)
    #expect(result.output.contains("Free some space"))
    #expect(bench.names == [".images.gz.part"])
  }

  @Test func aMissingToolIsNamedWithItsPackage() async throws {
    let bench = try oneFile()
    let bin = bench.folder.appending(path: "few tools")
    try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
    let path = ProcessInfo.processInfo.environment["PATH"]!
    for tool in ["bash", "dirname", "readlink"] {
      let found = path.split(separator: ":").map { "\($0)/\(tool)" }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
      try FileManager.default.createSymbolicLink(
        atPath: bin.appending(path: tool).path, withDestinationPath: try #require(found))
    }
    bench.environment["PATH"] = bin.path
    let result = try await bench.run()
    #expect(result.status == 1)
    #expect(result.output.contains("curl is missing; install it with: sudo apt-get install curl"))
  }

  @Test(arguments: [
    ("--help", 0, "Usage:"), ("--hepl", 2, "unknown option --hepl"), ("x", 2, "more than one folder"),
  ])
  func theCommandLineIsChecked(argument: String, status: Int32, message: String) async throws {
    let bench = try oneFile()
    let result = try await bench.start(argument).finish()
    #expect(result.status == status)
    #expect(result.output.contains(message))
    #expect(bench.server.requests.isEmpty)
  }
}

@Suite(
  .enabled(if: isInstalled("curl") && isInstalled("unzip"), "curl or unzip is not installed"),
  .timeLimit(limit))
struct FetchCatsDogsTests {
  let cat = noise(3000, seed: 4)
  let dog = noise(2000, seed: 5)

  var archive: [UInt8] {
    storedZip([
      "readme[1].txt": Array("hello".utf8),
      "PetImages/Cat/0.jpg": cat,
      "PetImages/Cat/Thumbs.db": [1, 2],
      "PetImages/Dog/0.jpg": dog,
      "PetImages/Dog/1.jpg": [],
    ])
  }

  func workbench(serving bytes: [UInt8]? = nil) throws -> Workbench {
    try Workbench("fetch-cats-dogs", serving: ["pets.zip": bytes ?? archive])
  }

  func expectPictures(in bench: Workbench) {
    #expect((bench.holds(cat, at: "cat/0.jpg")) as Bool)
    #expect((bench.holds(dog, at: "dog/0.jpg")) as Bool)
    #expect((bench.holds([], at: "dog/1.jpg")) as Bool)
    #expect((!bench.holds([1, 2], at: "cat/Thumbs.db")) as Bool)
  }

  @Test func laysOutTheClassesAndTellsTheNextCommand() async throws {
    let bench = try workbench()
    let result = try await bench.run()
    #expect(result.status == 0, "\(result.output)")
    #expect(bench.names == ["cat", "dog"])
    expectPictures(in: bench)
    #expect(result.output.contains("whisker train /"))
  }

  @Test func theArchiveIsKeptOnRequest() async throws {
    let bench = try workbench()
    let result = try await bench.start("--keep-archive").finish()
    #expect(result.status == 0, "\(result.output)")
    #expect(bench.names == ["cat", "dog", "pets.zip"])
    #expect((bench.holds(archive, at: "pets.zip")) as Bool)
  }

  @Test func classesThatAreThereAreNotFetchedAgain() async throws {
    let bench = try workbench()
    _ = try await bench.run()
    let again = try await bench.run()
    #expect(again.status == 0, "\(again.output)")
    #expect(bench.server.requests.count == 1)
    expectPictures(in: bench)
  }

  @Test func aFolderOfTheUserIsLeftAlone() async throws {
    let bench = try workbench()
    try bench.put([1, 2, 3], at: "dog/mine.jpg")
    let result = try await bench.run()
    #expect(result.status == 1)
    #expect(result.output.contains("dog exists without its counterpart"))
    #expect(bench.names == ["dog"])
    #expect((bench.holds([1, 2, 3], at: "dog/mine.jpg")) as Bool)
    #expect(bench.server.requests.isEmpty)
  }

  @Test func aCorruptArchiveIsRemoved() async throws {
    let bench = try Workbench(
      "fetch-cats-dogs", serving: ["pets.zip": archive.reversed()], expecting: ["pets.zip": archive])
    let result = try await bench.run()
    #expect(result.status == 1)
    #expect(result.output.contains("pets.zip is corrupt"))
    #expect(bench.names == [])
  }

  @Test func anArchiveThatCannotBeUnpackedLeavesNoClasses() async throws {
    let bench = try workbench(serving: noise(5000, seed: 6))
    let result = try await bench.run()
    #expect(result.status == 1)
    #expect(result.output.contains("cannot unpack"))
    #expect(bench.names == ["pets.zip"])
  }

  @Test func aRunKilledWhileUnpackingIsContinued() async throws {
    let bench = try workbench()
    let path = bench.environment["PATH"]
    // Unpacks half a picture, then hangs.
    try bench.shadow(
      "unzip",
      with: """
        #!/bin/bash
        mkdir -p "${!#}/PetImages/Cat"
        echo half > "${!#}/PetImages/Cat/0.jpg"
        exec sleep 50

        """)
    let first = try bench.start()
    try await bench.waitFor(".unpacking/PetImages/Cat/0.jpg")
    kill(first.process.processIdentifier, SIGKILL)
    _ = try await first.finish()
    #expect(bench.names == [".unpacking", "pets.zip"])

    bench.environment["PATH"] = path
    let second = try await bench.run()
    #expect(second.status == 0, "\(second.output)")
    #expect(bench.names == ["cat", "dog"])
    expectPictures(in: bench)
    #expect(bench.server.requests.count == 1)
  }

  @Test func aRunKilledBetweenTheTwoRenamesIsContinued() async throws {
    let bench = try workbench()
    try bench.put(cat, at: "cat/0.jpg")
    try bench.put(dog, at: ".unpacked/PetImages/Dog/0.jpg")
    try bench.put(archive, at: "pets.zip")
    let result = try await bench.run()
    #expect(result.status == 0, "\(result.output)")
    #expect(bench.names == ["cat", "dog"])
    #expect((bench.holds(dog, at: "dog/0.jpg")) as Bool)
    #expect(bench.server.requests.isEmpty)
  }
}

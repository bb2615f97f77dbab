import Foundation
import SampleImages
import TestSupport
import Testing
import WhiskerData
import WhiskerCore

/// Archives are what the folder is that they were packed from.
@Suite struct ArchiveTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let pictures = ["cat/1.png", "cat/10.png", "cat/a/2.png", "dog/1.png", "dog/B.png"]

  private func zip(
    _ names: [String] = pictures, isLarge: Bool = false,
    _ change: (inout [ZipEntry]) throws -> Void = { _ in }
  ) throws -> String {
    var entries = try names.enumerated().map { ZipEntry($1, try flatPNG(UInt8($0))) }
    try change(&entries)
    return try folder.write(ZipWriter.bytes(entries, isLarge: isLarge), to: "data.zip")
  }

  private func open(_ path: String, _ configure: (inout DataSource.Options) -> Void = { _ in }) throws
    -> DataSource
  {
    var options = DataSource.Options()
    configure(&options)
    return try DataSource.open(path, Preprocessing(height: 2, width: 2), options: options)
  }

  private func training(_ path: String) throws -> any Dataset { try #require(open(path).splits[.training]) }

  private func largerPNG(_ value: UInt8) throws -> [UInt8] {
    try grayPNG((0..<3600).map { value &+ UInt8($0 % 7) }, width: 60, height: 60)
  }

  private func problem(_ path: String) -> String {
    let error = #expect(throws: FileError.self) { try open(path) }
    return error?.description ?? ""
  }

  @Test(arguments: [false, true])
  func samplesAreThoseOfTheFolder(isLarge: Bool) throws {
    for (index, name) in Self.pictures.enumerated() {
      try folder.write(flatPNG(UInt8(index)), to: "data/\(name)")
    }
    let packed = try training(
      zip(Self.pictures.reversed(), isLarge: isLarge) { entries in
        // The same contents for the same names.
        for place in entries.indices { entries[place].contents = try flatPNG(UInt8(4 - place)) }
      })
    let unpacked = try training(folder.path("data"))
    #expect(names(packed) == names(unpacked) && packed.classNames == unpacked.classNames)
    for index in 0..<unpacked.count {
      #expect(packed.label(at: index) == unpacked.label(at: index))
      #expect(try packed.sample(at: index) == unpacked.sample(at: index))
      #expect(
        try StoredSamples(packed).fingerprint(at: index) == StoredSamples(unpacked).fingerprint(at: index))
    }
  }

  @Test func anArchiveIsRecognisedByItsContents() throws {
    let path = try zip()
    let bytes = try FileBytes.read(path, limit: 1 << 20)
    #expect(try open(folder.write(bytes, to: "pictures")).kind == .zip)
    #expect(try open(path).kind == .zip && open(path).splits.count == 1)
  }

  @Test func splitsAndIgnoredEntriesAreThoseOfAFolder() throws {
    let path = try zip([
      "top/train/cat/1.png", "top/train/dog/1.png", "top/test/cat/2.png", "top/test/dog/2.png", "top/README",
      "__MACOSX/top/train/cat/._1.png", "top/.DS_Store",
    ])
    let source = try open(path)
    #expect(Set(source.splits.keys) == [.training, .test])
    #expect(
      source.notes == [
        "1 dot entry ignored (names that start with a dot)", "1 file ignored beside the class folders",
        "the classes are looked for in \(path)/top",
      ])
  }

  @Test func anEmptyClassFolderIsAnError() throws {
    let path = try zip { $0.append(ZipEntry("mouse/", [])) }
    #expect(problem(path).contains("has no pictures of the class mouse"))
  }

  @Test func deflatedEntriesAndSizesAfterTheContentsAreRead() throws {
    let path = try zip { entries in
      for place in entries.indices {
        let contents = try largerPNG(UInt8(place))
        entries[place] = ZipEntry("\(place % 2)/\(place).png", contents, gzip: try encodeGzip(contents)) {
          $0.flags = place < 3 ? 8 : 0
        }
      }
    }
    let dataset = try training(path)
    #expect(names(dataset) == ["0/0.png", "0/2.png", "0/4.png", "1/1.png", "1/3.png"])
    // The mean of what is added is 3.
    #expect(try (0..<5).map { try dataset.sample(at: $0)[0] } == [3, 5, 7, 4, 6])
  }

  @Test func namesAreInTheEncodingOfTheirSystem() throws {
    let path = try zip(["a/1.png", "b/1.png", "c/1.png", "d/1.png"]) { entries in
      entries[0].name = [0x84] + Array("\\1.png".utf8)
      entries[0].system = 0
      entries[1].name = Array("猫/1.png".utf8)
      entries[1].flags = 0x800
      entries[2].name = Array("ö/1.png".utf8)
      entries[3].name = Array("./d//1.png".utf8)
    }
    #expect(try open(path).classNames == ["d", "ä", "ö", "猫"])
  }

  @Test func copiesAreFound() throws {
    let path = try zip { $0.append(ZipEntry("dog/copy.png", $0[0].contents)) }
    let copies = try training(path).copies(readAhead: ReadAhead(workers: 0))
    #expect(copies.map { Array($0) } == [[0, 5]])
  }

  @Test func whatMustNotBeOpenedIsNamed() throws {
    let picture = try flatPNG(9)
    let hostile: [(ZipEntry, String)] = [
      (ZipEntry("../cat/x.png", picture), "leads out of the archive"),
      (ZipEntry("cat/../../x.png", picture), "leads out of the archive"),
      (ZipEntry("..\\x.png", picture) { $0.system = 0 }, "leads out of the archive"),
      (ZipEntry("/cat/x.png", picture), "absolute name"),
      (ZipEntry("C:\\x.png", picture) { $0.system = 0 }, "a file on a drive"),
      (ZipEntry("cat/link.png", Array("1.png".utf8)) { $0.mode = 0o120777 }, "is a symbolic link"),
      (ZipEntry("cat/device.png", []) { $0.mode = 0o020666 }, "is a device"),
      (ZipEntry("cat/secret.png", picture) { $0.flags = 1 }, "is encrypted"),
      (ZipEntry("cat/aes.png", picture) { $0.method = 99 }, "is encrypted"),
      (ZipEntry("cat/lzma.png", picture) { $0.method = 14 }, "is compressed with LZMA"),
      (ZipEntry("cat/part.png", picture) { $0.disk = 1 }, "lies in another part"),
      (ZipEntry("cat/sizes.png", picture) { $0.size = 1_000_000 }, "has two sizes"),
      (
        ZipEntry("cat/far.png", picture) {
          $0.packedSize = 1 << 30; $0.size = 1 << 30
        }, "outside of the archive"
      ),
      (ZipEntry("cat/beyond.png", picture) { $0.offset = 1 << 30 }, "outside of the archive"),
      (ZipEntry("cat/same.png", picture) { $0.offset = 0 }, "overlaps another entry"),
      (
        ZipEntry("cat/bomb.png", picture) {
          $0.method = 8; $0.size = 1 << 31
        }, "more than its"
      ),
      (ZipEntry("cat/1.png", picture), "more than once"),
      (ZipEntry("cat/\0.png", picture), "a zero byte"),
      (ZipEntry(String(repeating: "x/", count: 3000), picture), "a name of 6000 bytes"),
    ]
    let source = try open(zip { $0 += hostile.map(\.0) })
    #expect(source.splits[.training]?.count == Self.pictures.count)
    for (entry, problem) in hostile {
      let isNamed = source.refused.contains { $0.text.description.contains(problem) }
      #expect(isNamed, "\(printable(Array(entry.name.prefix(40)))): \(source.refused)")
    }
    #expect(source.refused.count == hostile.count, "\(source.refused)")
  }

  @Test func contentsThatDifferFromTheDirectoryAreNoPictures() throws {
    let picture = try largerPNG(9)
    let gzip = try encodeGzip(picture)
    let lies = [
      ZipEntry("cat/sum.png", picture) { $0.checksum = 1 },
      ZipEntry("cat/short.png", picture, gzip: gzip) { $0.size = $0.contents.count - 1 },
      ZipEntry("cat/long.png", picture, gzip: gzip) { $0.size = $0.contents.count + 1 },
      ZipEntry("cat/cut.png", picture, gzip: gzip) { $0.packedSize = 30 },
      ZipEntry("cat/noise.png", picture, gzip: gzip) { $0.packed = [7] + Array(gzip[10..<30]) },
      ZipEntry("cat/text.png", Array("no picture".utf8)),
    ]
    let dataset = try training(zip { $0 += lies })
    let reasons = [
      "cat/sum.png": "checksum", "cat/short.png": "more than the", "cat/long.png": "fewer than the",
      "cat/cut.png": "cut short", "cat/noise.png": "damaged", "cat/text.png": "is a text file",
    ]
    for index in 0..<dataset.count {
      guard let reason = reasons[dataset.name(at: index)] else { continue }
      let error = #expect(throws: FileError.self) { try dataset.sample(at: index) }
      #expect(error?.description.contains(reason) ?? false, "\(error as Any)")
    }
  }

  @Test func anArchiveThatCannotBeReadAtAllIsAnError() throws {
    let bytes = ZipWriter.bytes([ZipEntry("cat/1.png", try flatPNG(1))])
    #expect(
      problem(try folder.write(Array(bytes.dropLast(30)), to: "cut.zip")).contains("without its directory"))
    let part = ZipWriter.bytes([ZipEntry("cat/1.png", try flatPNG(1))], disk: 2)
    #expect(problem(try folder.write(part, to: "part.zip")).contains("one part of an archive of several"))
    let secret = ZipWriter.bytes([ZipEntry("cat/1.png", try flatPNG(1)) { $0.flags = 1 }])
    #expect(problem(try folder.write(secret, to: "secret.zip")).contains("cat/1.png: is encrypted"))
    #expect(problem(try folder.write(ZipWriter.bytes([]), to: "empty.zip")).contains("holds no files"))
  }

  @Test func whatPrecedesAnArchiveAndItsCommentDoNotMatter() throws {
    let entries = try Self.pictures.map { ZipEntry($0, try flatPNG(1)) }
    let bytes = ZipWriter.bytes(entries, comment: Array("PK\u{5}\u{6} a comment".utf8))
    #expect(try training(folder.write(bytes, to: "data.zip")).count == 5)
    // A program that unpacks itself starts with other bytes; this one starts with an archive's.
    let joined = Array(bytes[..<40]) + bytes
    #expect(try training(folder.write(joined, to: "data.zip")).sample(at: 0) == [1, 1, 1, 1])
  }

  @Test func anArchiveThatIsWrittenOverIsAFaultOfTheMachine() throws {
    let path = try zip()
    let dataset = try training(path)
    // Longer than a tick of the clock of file systems.
    usleep(20_000)
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.write(contentsOf: [UInt8](repeating: 7, count: 200))
    try handle.close()
    #expect(throws: ResourceError.self) { try dataset.sample(at: 0) }
    // One that is replaced by a new file stays readable.
    let replaced = try training(zip())
    try FileManager.default.removeItem(atPath: path)
    #expect(try replaced.sample(at: 0) == [0, 0, 0, 0])
  }
}

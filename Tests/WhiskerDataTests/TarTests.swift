import SampleImages
import TestSupport
import Testing
import WhiskerData
import WhiskerCore

@Suite struct TarTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func open(_ bytes: [UInt8], as name: String = "data.tar") throws -> DataSource {
    try DataSource.open(folder.write(bytes, to: name), Preprocessing(height: 2, width: 2))
  }

  private func picture(_ name: String, _ value: UInt8) throws -> [UInt8] {
    TarWriter.entry(name, try flatPNG(value))
  }

  private func values(_ source: DataSource) throws -> [String: UInt8] {
    let dataset = try #require(source.splits[.training])
    return try Dictionary(
      uniqueKeysWithValues: (0..<dataset.count).map { (dataset.name(at: $0), try dataset.sample(at: $0)[0]) })
  }

  @Test func allWaysToWriteANameAndASizeAreRead() throws {
    let long = "cat/" + String(repeating: "long/", count: 30) + "2.png"
    let contents = try flatPNG(4)
    let bytes =
      TarWriter.entry("./", kind: "5") + TarWriter.entry("cat/", kind: "5") + (try picture("./cat/1.png", 1))
      + TarWriter.entry("././@LongLink", Array(long.utf8) + [0], kind: "L") + (try picture("cut", 2))
      + TarWriter.pax([("mtime", "1.5"), ("path", "dog/猫.png")]) + (try picture("cut", 3))
      + TarWriter.entry("dog/4.png", contents, isBinary: true)
      + TarWriter.pax([("size", "\(contents.count)")]) + TarWriter.entry("dog/5.png", contents, size: 0)
      + TarWriter.entry("6.png", contents, prefix: "dog/deep") + TarWriter.end
    let source = try open(bytes)
    #expect(source.kind == .tar && source.refused.isEmpty && source.classNames == ["cat", "dog"])
    #expect(
      try values(source) == [
        "cat/1.png": 1, long: 2, "dog/猫.png": 3, "dog/4.png": 4, "dog/5.png": 4, "dog/deep/6.png": 4,
      ])
  }

  @Test func linksDevicesAndSparseFilesAreRefusedByName() throws {
    let bytes =
      try picture("cat/1.png", 1) + picture("dog/1.png", 2)
      + TarWriter.entry("cat/hard.png", kind: "1", size: 900)
      + TarWriter.entry("cat/soft.png", kind: "2") + TarWriter.entry("cat/fifo.png", kind: "6")
      + TarWriter.pax([("GNU.sparse.major", "1")]) + picture("cat/sparse.png", 3)
      + picture("../cat/out.png", 1) + picture("/cat/absolute.png", 1)
      + TarWriter.entry("cat/odd.png", kind: "V") + picture("dog/2.png", 4) + TarWriter.end
    let source = try open(bytes)
    #expect(try values(source) == ["cat/1.png": 1, "dog/1.png": 2, "dog/2.png": 4])
    let refused = source.refused.map(\.text.description).joined(separator: "\n")
    for text in [
      "hard.png: is a link to another entry", "soft.png: is a symbolic link", "fifo.png: is a device",
      "sparse.png: is a sparse file", "leads out", "absolute name",
      "odd.png: is of a kind that is not read (V)",
    ] { #expect(refused.contains(text), "\(text) in \(refused)") }
    #expect(source.refused.count == 7)
  }

  @Test func whatPrecedesDamageIsUsedAndTheDamageNoted() throws {
    let start = try picture("cat/1.png", 1) + picture("dog/1.png", 2)
    var header = try picture("cat/2.png", 3)
    header[20] = 7
    let cases: [([UInt8], String)] = [
      (start + header + TarWriter.end, "is damaged at byte 2048"),
      (start + (try picture("cat/2.png", 3)).dropLast(500), "cat/2.png: is cut short"),
      (start + TarWriter.entry("cat/2.png", size: 1 << 32, isBinary: true), "cat/2.png: is cut short"),
      (start + TarWriter.entry("x", Array("99 path".utf8), kind: "x"), "is damaged at byte"),
      (start + TarWriter.entry("x", kind: "x", size: 1 << 30), "cut short"),
      (start, "has no end"),
    ]
    for (bytes, problem) in cases {
      let source = try open(bytes)
      #expect(try values(source) == ["cat/1.png": 1, "dog/1.png": 2])
      #expect(
        source.refused.count == 1 && source.refused[0].text.description.contains(problem), "\(source.refused)"
      )
    }
  }

  @Test func namesakesAreKeptApartAndExpansionIsBounded() throws {
    for (number, part) in ["a", "b"].enumerated() {
      let bytes = try picture("1.png", UInt8(number)) + TarWriter.entry("1.cls", Array(part.utf8))
      try folder.write(bytes + TarWriter.end, to: "parts/\(part)/000.tar")
    }
    let parts = try DataSource.open(folder.path("parts/{a,b}/000.tar"), Preprocessing(height: 2, width: 2))
    #expect(try values(parts) == ["0-000.tar/1.png": 0, "1-000.tar/1.png": 1])

    let start = try picture("cat/1.png", 1) + picture("dog/1.png", 2)
    var sparse = TarWriter.entry("cat/2.png", kind: "S")
    sparse[482] = 1
    let chain = [UInt8](repeating: 1, count: 512)
    let cut = try open(start + TarWriter.repaired(sparse) + chain)
    #expect(try values(cut) == ["cat/1.png": 1, "dog/1.png": 2])
    #expect(cut.refused.map(\.text.description) == ["cat/2.png: is cut short, as its archive is"])

    let zeros = TarWriter.entry("zeros", [UInt8](repeating: 0, count: 70 << 20))
    let inner = ZipWriter.bytes([ZipEntry("cat/1.png", try flatPNG(1))])
    let outer = ZipEntry("train.zip", inner, gzip: try encodeGzip(inner)) { $0.size = inner.count - 1 }
    for bytes in [try encodeGzip(start + zeros + TarWriter.end), ZipWriter.bytes([outer])] {
      let error = #expect(throws: FileError.self) { try open(bytes, as: "bomb") }
      #expect(error?.description.contains("expands to more than") ?? false, "\(error as Any)")
    }
  }

  @Test func theLastEntryOfANameIsUsed() throws {
    let bytes =
      try picture("cat/1.png", 1) + picture("dog/1.png", 2) + picture("cat/1.png", 3) + TarWriter.end
    let source = try open(bytes)
    #expect(try values(source) == ["cat/1.png": 3, "dog/1.png": 2])
    #expect(
      source.refused.map(\.text.description) == [
        "cat/1.png: is in the archive more than once, and the last one is used"
      ])
  }

  @Test func aGzippedArchiveIsExpandedOnce() throws {
    let bytes = try picture("cat/1.png", 1) + picture("dog/1.png", 2) + TarWriter.end
    let source = try open(encodeGzip(bytes), as: "data.tgz")
    #expect(source.kind == .tar)
    #expect(try values(source) == ["cat/1.png": 1, "dog/1.png": 2])
    #expect(folder.contents() == ["data.tgz"])
    let error = #expect(throws: FileError.self) { try open(encodeGzip(bytes).dropLast(20), as: "cut.tgz") }
    #expect(error?.description.contains("is cut short") ?? false, "\(error as Any)")
  }

  @Test func labelsBesidePicturesAreThoseOfWebDataset() throws {
    var bytes: [UInt8] = []
    for number in 0..<12 {
      bytes += try picture("\(number).png", UInt8(number))
      bytes += TarWriter.entry("\(number).cls", Array("\(11 - number)\n".utf8))
    }
    bytes += TarWriter.entry("x.cls") + TarWriter.entry("z.cls", [0x20, 0x0A]) + (try picture("z.png", 97))
    bytes += try picture("x.PNG", 99) + picture("y.seg.png", 98) + TarWriter.end
    let source = try open(bytes)
    #expect(source.kind == .webDataset)
    #expect(source.classNames == (0..<12).map { "\($0)" })
    #expect(try values(source)["11.png"] == 11)
    let dataset = try #require(source.splits[.training])
    #expect((0..<12).map(dataset.name) == (0..<12).map { "\(11 - $0).png" })
    #expect(
      source.notes == [
        "the labels are from the .cls files beside the pictures",
        "2 pictures ignored without a label, such as x.PNG", "1 other file ignored beside the pictures",
      ])
  }

  @Test func labelsAreTextsAndJSONToo() throws {
    let json = [
      "{\"label\": \"dog\"}", "{\"a\": [1], \"class\": \"cat\"}", "{\"cls\": 7}", "{", "{\"label\": [1]}",
    ]
    var bytes: [UInt8] = []
    for (number, text) in json.enumerated() {
      bytes += try picture("s/\(number).png", 1) + TarWriter.entry("s/\(number).json", Array(text.utf8))
    }
    bytes += try picture("s/t.jpg", 1) + TarWriter.entry("s/t.txt", Array(" cat \n".utf8)) + TarWriter.end
    let source = try open(bytes)
    #expect(source.classNames == ["7", "cat", "dog"])
    #expect(source.splits[.training]?.classCounts == [1, 2, 1])
    #expect(source.notes.contains("2 pictures ignored without a label, such as s/3.png"))
  }

  @Test func textsInClassFoldersAreNoLabels() throws {
    let bytes = try ["cat/1", "dog/1"].flatMap {
      try picture("\($0).png", 1) + TarWriter.entry("\($0).txt", Array("a text".utf8))
    }
    #expect(try open(bytes + TarWriter.end).classNames == ["cat", "dog"])
  }

  @Test func shardsAreOneSet() throws {
    for shard in 8...11 {
      let text = shard < 10 ? "0\(shard)" : "\(shard)"
      let bytes =
        try picture("1.png", UInt8(shard)) + TarWriter.entry("1.cls", Array(["cat", "dog"][shard % 2].utf8))
      try folder.write(bytes + TarWriter.end, to: "shards/\(text).tar")
    }
    for path in ["shards", "shards/{08..11}.tar", "shards/{08,09}.tar"] {
      let source = try DataSource.open(folder.path(path), Preprocessing(height: 2, width: 2))
      #expect(source.classNames == ["cat", "dog"] && source.kind == .webDataset)
      #expect(try values(source)["09.tar/1.png"] == 9)
      #expect(source.splits[.training]?.count == (path.contains(",") ? 2 : 4))
    }
    let error = #expect(throws: FileError.self) { try DataSource.open(folder.path("shards/{08..12}.tar")) }
    #expect(error?.path == folder.path("shards/12.tar"))
  }
}

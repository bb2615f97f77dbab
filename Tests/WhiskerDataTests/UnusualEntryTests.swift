import Foundation
import TestSupport
import Testing
import WhiskerData
import WhiskerCore

/// Names and entries that nobody expects and that somebody has.
@Suite(.timeLimit(.minutes(1))) struct UnusualEntryTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func open() throws -> DataSource {
    try DataSource.open(folder.path, Preprocessing(height: 2, width: 2))
  }

  /// Writes a file whose name is any bytes.
  private func write(_ bytes: [UInt8], to folderName: [UInt8], _ name: [UInt8]) throws {
    let path = Array(folder.path.utf8) + [0x2F] + folderName
    _ = (path + [0]).withUnsafeBytes { mkdir($0.bindMemory(to: CChar.self).baseAddress!, 0o700) }
    let file = (path + [0x2F] + name + [0]).withUnsafeBytes {
      fopen($0.bindMemory(to: CChar.self).baseAddress!, "w")
    }
    let opened = try #require(file)
    fwrite(bytes, 1, bytes.count, opened)
    fclose(opened)
  }

  @Test func symbolicLinksAreListedAsRefusedAndNotFollowed() throws {
    try folder.write(flatPNG(1), to: "cat/1.png")
    for (link, target) in [
      ("cat/2.png", "1.png"), ("cat/loop", "."), ("dog", "cat"), ("cat/dead", "nowhere"),
    ] {
      #expect(symlink(target, folder.path(link)) == 0)
    }
    let source = try open()
    #expect(source.classNames == ["cat"])
    #expect(source.splits[.training].map(names) == ["cat/1.png"])
    #expect(Set(source.refused.map(\.path)) == ["cat/2.png", "cat/loop", "cat/dead", "dog"])
    #expect(
      source.refused.allSatisfy {
        $0.problem.description == "is a symbolic link, which is not followed (`followsLinks`)"
      }
    )
  }

  @Test func symbolicLinksAreFollowedWhereThatIsAskedFor() throws {
    let elsewhere = try TemporaryFolder()
    try elsewhere.write(flatPNG(7), to: "more/deep/7.png")
    try folder.write(flatPNG(1), to: "cat/1.png")
    for (link, target) in [
      ("cat/2.png", "1.png"), ("dog", elsewhere.path("more")), ("cat/dead", "nowhere"),
      ("cat/loop", "."), ("cat/up", ".."), ("cat/fifo", "pipe"),
    ] {
      #expect(symlink(target, folder.path(link)) == 0)
    }
    #expect(mkfifo(folder.path("cat/pipe"), 0o600) == 0)
    var options = DataSource.Options()
    options.followsLinks = true
    let source = try DataSource.open(folder.path, Preprocessing(height: 2, width: 2), options: options)
    let dataset = try #require(source.splits[.training])
    #expect(source.classNames == ["cat", "dog"])
    let files = names(dataset)
    #expect(files == ["cat/1.png", "cat/2.png", "dog/deep/7.png"])
    let reasons = Dictionary(source.refused.map { ($0.path, $0.problem.description) }) { first, _ in first }
    #expect(reasons["cat/loop"] == "leads back to a folder above it")
    #expect(reasons["cat/up"] == "leads back to a folder above it")
    #expect(reasons["cat/dead"] == "is a symbolic link that leads nowhere")
    #expect(reasons["cat/fifo"]?.contains("FIFO") == true)
    #expect(try dataset.sample(at: #require(files.firstIndex(of: "dog/deep/7.png"))) == [7, 7, 7, 7])
  }

  @Test func aFollowedLinkThatCannotBeFollowedSaysWhyAndNotThatItIsNotFollowed() throws {
    try folder.write(flatPNG(1), to: "a/1.png")
    try folder.write(flatPNG(2), to: "b/1.png")
    for (link, target) in [
      ("a/dead", "nowhere"), ("a/circle", "circle"), ("a/root", ".."), ("a/higher", "../.."), ("whole", "."),
    ] {
      #expect(symlink(target, folder.path(link)) == 0)
    }
    var options = DataSource.Options()
    options.followsLinks = true
    let source = try DataSource.open(folder.path, Preprocessing(height: 2, width: 2), options: options)
    #expect(source.classNames == ["a", "b"])
    #expect(source.splits[.training].map(names) == ["a/1.png", "b/1.png"])
    let reasons = Dictionary(uniqueKeysWithValues: source.refused.map { ($0.path, $0.problem.description) })
    #expect(
      reasons == [
        "a/dead": "is a symbolic link that leads nowhere",
        "a/circle": "is a symbolic link that leads back to itself",
        "a/root": "leads back to a folder above it", "a/higher": "leads back to a folder above it",
        "whole": "leads back to a folder above it",
      ])
    // A folder of pictures to predict is walked in the same way.
    let pictures = try PictureFile.find(folder.path("a"), followsLinks: true)
    #expect(
      pictures.map { $0.name.split(separator: "/").last } == ["1.png", "circle", "dead", "higher", "root"])
  }

  @Test func whatAFolderOfPicturesRefusesIsReportedAmongItsAnswers() throws {
    try folder.write(flatPNG(1), to: "1.png")
    #expect(symlink("1.png", folder.path("2.png")) == 0)
    let pictures = try PictureFile.find(folder.path)
    #expect(pictures.map { $0.name.hasSuffix("1.png") } == [true, false])
    #expect(throws: FileError.self) { try pictures[1].decode(ImageDecoder(Preprocessing())) }
    #expect(try PictureFile.find(folder.path, followsLinks: true).map(\.name).count == 2)
    #expect(throws: Never.self) {
      try PictureFile.find(folder.path, followsLinks: true)[1].decode(ImageDecoder(Preprocessing()))
    }
  }

  @Test func fifosAreListedAsRefusedAndNeverOpened() throws {
    try folder.write(flatPNG(1), to: "cat/1.png")
    #expect(mkfifo(folder.path("cat/fifo.png"), 0o600) == 0)
    #expect(mkfifo(folder.path("fifo"), 0o600) == 0)
    let source = try open()
    #expect(source.splits[.training].map(names) == ["cat/1.png"])
    #expect(Set(source.refused.map(\.path)) == ["cat/fifo.png", "fifo"])
  }

  @Test func linksAndFIFOsBesideTheSplitsAreListedAsRefused() throws {
    try folder.write(flatPNG(1), to: "train/cat/1.png")
    try folder.write(flatPNG(1), to: "val/cat/1.png")
    #expect(symlink("val", folder.path("test")) == 0)
    #expect(mkfifo(folder.path("fifo"), 0o600) == 0)
    #expect(Set(try open().refused.map(\.path)) == ["test", "fifo"])
  }

  @Test func aFileThatBecomesAFIFOAfterItWasListedDoesNotHang() throws {
    let path = try folder.write(flatPNG(1), to: "cat/1.png")
    let dataset = try #require(open().splits[.training])
    #expect(unlink(path) == 0 && mkfifo(path, 0o600) == 0)
    let error = #expect(throws: FileError.self) { try dataset.sample(at: 0) }
    #expect(error?.problem.description == "is not a regular file")
  }

  @Test func aFIFOAsTheDataSetIsAnError() throws {
    #expect(mkfifo(folder.path("fifo"), 0o600) == 0)
    #expect(throws: FileError.self) { try DataSource.open(folder.path("fifo"), Preprocessing()) }
  }

  @Test func namesThatAreNotUTF8AreReadAndPrintedWithEscapes() throws {
    try write(flatPNG(3), to: Array("caf".utf8) + [0xE9], [0xFF, 0x41, 0xC3])
    let dataset = try #require(open().splits[.training])
    #expect(dataset.classNames == ["caf\\xe9"])
    #expect(names(dataset) == ["caf\\xe9/\\xffA\\xc3"])
    #expect(try dataset.sample(at: 0) == [3, 3, 3, 3])
  }

  @Test func namesWithControlCharactersAreReadAndCannotMoveTheCursor() throws {
    try write(flatPNG(4), to: Array("cat".utf8), Array("a\nb\u{1B}[2J\u{9B}\u{202E}c\r".utf8))
    let dataset = try #require(open().splits[.training])
    #expect(names(dataset) == ["cat/a\\x0ab\\x1b[2J\\xc2\\x9b\\xe2\\x80\\xaec\\x0d"])
    #expect(try dataset.sample(at: 0) == [4, 4, 4, 4])
  }

  @Test func anErrorAboutAStrangeNamePrintsItSafely() throws {
    try write([1, 2], to: Array("cat".utf8), Array("x\ny".utf8))
    let dataset = try #require(open().splits[.training])
    let error = #expect(throws: FileError.self) { try dataset.sample(at: 0) }
    #expect(error?.description == "cat/x\\x0ay: is of an unknown format, not PNG, JPEG or WebP")
  }

  @Test func twoClassesWhoseNamesPrintAlikeAreAnErrorThatNamesThem() throws {
    try folder.write(flatPNG(1), to: "e\u{301}/1.png")
    try folder.write(flatPNG(1), to: "\u{E9}/1.png")
    let error = #expect(throws: FileError.self) { try open() }
    #expect(
      error?.problem.description.contains("look alike: \u{E9}") == true, "\(error?.problem.description ?? "")"
    )
  }

  @Test func theLongestNameThatAFileMayHaveIsRead() throws {
    let name = String(repeating: "n", count: 251) + ".png"
    try folder.write(flatPNG(5), to: "cat/" + name)
    let dataset = try #require(open().splits[.training])
    #expect(names(dataset) == ["cat/" + name])
    #expect(try dataset.sample(at: 0) == [5, 5, 5, 5])
  }

  @Test func picturesToPredictAreFoundTheSameWay() throws {
    try write(flatPNG(6), to: Array("b".utf8), [0xFE])
    try folder.write(flatPNG(7), to: "a.png")
    try folder.write(flatPNG(8), to: ".hidden.png")
    let files = try PictureFile.find(folder.path + "/")
    #expect(files.map(\.name) == [folder.path + "/a.png", folder.path + "/b/\\xfe"])
    let decoder = ImageDecoder(Preprocessing(height: 1, width: 1))
    #expect(try files.map { try $0.decode(decoder) } == [[7], [6]])
    let missing = try PictureFile.find(folder.path("missing\n"))
    #expect(missing.map(\.name) == [folder.path + "/missing\\x0a"])
    #expect(throws: FileError.self) { try missing[0].decode(decoder) }
  }
}

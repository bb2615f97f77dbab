import Foundation
import TestSupport
import Testing
import WhiskerData
import WhiskerCore

@Suite struct ImageFolderTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func add(_ names: String...) throws {
    for (index, name) in names.enumerated() { try folder.write(flatPNG(UInt8(index)), to: name) }
  }

  private func open(_ configure: (inout DataSource.Options) -> Void = { _ in }) throws -> DataSource {
    var options = DataSource.Options()
    configure(&options)
    return try DataSource.open(folder.path, Preprocessing(height: 2, width: 2), options: options)
  }

  private func training(_ configure: (inout DataSource.Options) -> Void = { _ in }) throws -> any Dataset {
    try #require(open(configure).splits[.training])
  }

  private func problem(_ configure: (inout DataSource.Options) -> Void = { _ in }) -> String {
    let error = #expect(throws: FileError.self) { try open(configure) }
    return error?.problem.description ?? ""
  }

  @Test func aClassIsAFolderAndItsLabelTheSortedPosition() throws {
    try add("dog/2.png", "cat/1.png", "dog/1.png")
    let source = try open()
    let dataset = try #require(source.splits[.training])
    #expect(source.kind == .imageFolder && source.splits.count == 1 && source.notes == [])
    #expect(dataset.classNames == ["cat", "dog"])
    #expect(dataset.classCounts == [1, 2])
    #expect(names(dataset) == ["cat/1.png", "dog/1.png", "dog/2.png"])
    #expect((0..<3).map(dataset.label) == [0, 1, 1])
    #expect(try (0..<3).map { try dataset.sample(at: $0)[0] } == [1, 2, 0])
  }

  @Test func namesAreInPlainByteOrderInWhateverLanguage() throws {
    try add("a/1", "B/1", "ä/1", "10/1", "9/1", "Z/1", "_/1", "a b/1", "猫/1")
    #expect(try open().classNames == ["10", "9", "B", "Z", "_", "a", "a b", "ä", "猫"])
    try add("a/B.png", "a/a.png", "a/10.png", "a/9.png", "a/ä.png")
    #expect(
      names(try training()).filter { $0.hasPrefix("a/") }
        == ["1", "10.png", "9.png", "B.png", "a.png", "ä.png"].map { "a/" + $0 })
  }

  @Test func whatIsNestedBelowAClassBelongsToIt() throws {
    try add("cat/x/y/z/deep.png", "cat/top.png", "dog/train/1.png")
    #expect(names(try training()) == ["cat/top.png", "cat/x/y/z/deep.png", "dog/train/1.png"])
    #expect(try training().classCounts == [2, 1])
  }

  @Test func foldersThatAreNestedWithoutEndAreRefused() throws {
    try add("cat/" + String(repeating: "x/", count: 70) + "1.png")
    #expect(problem().contains("nested more than 64 folders deep"))
  }

  @Test func dotEntriesAreIgnoredAndCounted() throws {
    try add(
      "cat/1.png", "cat/.DS_Store", "cat/._1.png", "cat/.ipynb_checkpoints/1.png", ".git/1.png", ".hidden")
    #expect(names(try training()) == ["cat/1.png"])
    #expect(try open().notes == ["5 dot entries ignored (names that start with a dot)"])
  }

  @Test func filesBesideTheClassFoldersAreCountedAndHaveNoClass() throws {
    try add("cat/1.png", "README.txt", "labels.csv")
    #expect(try training().count == 1)
    #expect(try open().notes == ["2 files ignored beside the class folders"])
  }

  @Test func filesAreRecognisedByTheirContentsNotByTheirEndings() throws {
    try add("cat/picture", "cat/picture.txt")
    #expect(try training().sample(at: 1) == [1, 1, 1, 1])
  }

  @Test func anEmptyClassIsAnErrorUnlessItIsAllowed() throws {
    try add("cat/1.png", "dog/.keep", "emu/.keep")
    #expect(problem() == "has no pictures of the class dog, emu")
    let source = try open { $0.allowsEmptyClasses = true }
    #expect(source.classNames == ["cat", "dog", "emu"])
    #expect(source.splits[.training]?.classCounts == [1, 0, 0])
  }

  @Test func classNamesCanBePutInAnotherOrder() throws {
    try add("cat/1.png", "dog/1.png", "emu/1.png", "cat/2.png")
    let dataset = try training { $0.classNames = ["emu", "cat", "dog"] }
    #expect(dataset.classNames == ["emu", "cat", "dog"])
    #expect(names(dataset) == ["emu/1.png", "cat/1.png", "cat/2.png", "dog/1.png"])
    #expect((0..<4).map(dataset.label) == [0, 1, 1, 2])
  }

  @Test func classNamesThatDoNotFitTheFoldersAreAnErrorThatReportsTheDifference() throws {
    try add("cat/1.png", "dog/1.png")
    #expect(problem { $0.classNames = ["cat"] }.contains("not named: dog"))
    #expect(problem { $0.classNames = ["cat", "dog", "emu"] }.contains("not there: emu"))
    #expect(problem { $0.classNames = ["cat", "dog", "cat"] }.contains("a name stands twice"))
  }

  @Test func aFolderWithoutClassesSaysWhatIsInIt() throws {
    #expect(problem() == "holds no pictures")
    try add("1.png", "2.png")
    #expect(problem() == "holds 2 files but no class folders with pictures")
    try add("cat/.keep")
    #expect(problem { $0.allowsEmptyClasses = true } == "holds 2 files but no class folders with pictures")
  }

  @Test func aPathThatIsNotThereIsAnError() throws {
    for path in [folder.path("missing"), "", try folder.write(flatPNG(1), to: "single.png")] {
      let error = #expect(throws: FileError.self) { try DataSource.open(path, Preprocessing()) }
      #expect(error?.path == path)
    }
  }

  @Test func aSlashBehindThePathChangesNothing() throws {
    try add("cat/1.png")
    let source = try DataSource.open(folder.path + "/", Preprocessing())
    #expect(source.splits[.training].map(names) == ["cat/1.png"])
  }

  @Test func aBrokenFileKeepsItsIndexAndReportsItsPathAndReason() throws {
    try add("cat/1.png", "cat/3.png")
    try folder.write(Array("GIF89a".utf8), to: "cat/2.png")
    let dataset = try training()
    #expect(dataset.count == 3)
    let error = #expect(throws: FileError.self) { try dataset.sample(at: 1) }
    #expect(
      error?.description
        == "cat/2.png: is a GIF image, not PNG, JPEG or WebP "
        + "(mogrify -format png converts it)")
    #expect(try dataset.sample(at: 2) == [1, 1, 1, 1])
  }

  @Test func aFileThatVanishesAfterItWasListedIsAFaultOfTheMachine() throws {
    try add("cat/1.png")
    let dataset = try training()
    try FileManager.default.removeItem(atPath: folder.path("cat/1.png"))
    let error = #expect(throws: ResourceError.self) { try dataset.sample(at: 0) }
    #expect(
      error?.description.hasPrefix("cat/1.png: cannot be opened: No such file or directory") == true)
  }
}

/// The names of all samples.
func names(_ dataset: any Dataset) -> [String] { (0..<dataset.count).map(dataset.name) }

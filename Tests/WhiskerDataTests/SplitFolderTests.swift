import TestSupport
import Testing
import WhiskerData
import WhiskerCore

@Suite struct SplitFolderTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func add(_ names: String...) throws {
    for name in names { try folder.write(flatPNG(1), to: name) }
  }

  private func open(_ configure: (inout DataSource.Options) -> Void = { _ in }) throws -> DataSource {
    var options = DataSource.Options()
    configure(&options)
    return try DataSource.open(folder.path, Preprocessing(height: 2, width: 2), options: options)
  }

  private func problem(_ configure: (inout DataSource.Options) -> Void = { _ in }) -> String {
    do {
      _ = try open(configure)
      Issue.record("should be refused")
    } catch let error as FileError {
      return error.problem.description
    } catch {
      Issue.record("\(error)")
    }
    return ""
  }

  @Test(arguments: ["val", "valid", "validation"])
  func everyUsualNameOfTheValidationFolderIsUnderstood(_ name: String) throws {
    try add("train/cat/1", "train/dog/1", "\(name)/cat/2", "\(name)/dog/2", "test/cat/3", "test/dog/3")
    let source = try open()
    #expect(source.classNames == ["cat", "dog"])
    #expect(source.splits[.training].map(names) == ["train/cat/1", "train/dog/1"])
    #expect(source.splits[.validation].map(names) == ["\(name)/cat/2", "\(name)/dog/2"])
    #expect(source.splits[.test].map(names) == ["test/cat/3", "test/dog/3"])
    #expect(source.evaluationSplit == .test)
  }

  @Test func theSamePartUnderTwoNamesIsAnError() throws {
    try add("train/cat/1", "val/cat/1", "valid/cat/1")
    #expect(problem() == "holds the validation split twice, as valid and under another name")
  }

  @Test(arguments: [["train"], ["test"], ["val"], ["train", "test"]])
  func foldersThatAreAllCalledLikeSplitsAreNeverClasses(_ splits: [String]) throws {
    for split in splits { try add("\(split)/cat/1", "\(split)/dog/1") }
    let source = try open()
    #expect(source.classNames == ["cat", "dog"])
    #expect(source.splits.count == splits.count)
  }

  @Test func splitFoldersThatHoldFilesAndNoClassesAreAnError() throws {
    try add("train/1", "val/2")
    #expect(problem().contains("no class folders") || problem().contains("holds no pictures"))
  }

  @Test func aClassMayBeCalledLikeASplitWhenItStandsBesideOtherClasses() throws {
    try add("test/1", "cat/1", "dog/1")
    let source = try open()
    #expect(source.classNames == ["cat", "dog", "test"])
    #expect(source.splits.count == 1)
  }

  @Test func splitsBesideOtherFoldersAreAnErrorThatNamesBoth() throws {
    try add("train/cat/1", "val/cat/1", "backup/cat/1")
    #expect(problem() == "holds split folders (train, val) beside others (backup)")
  }

  @Test func aValidationClassThatTheTrainingPartLacksIsAnError() throws {
    try add("train/cat/1", "val/cat/1", "val/dog/1")
    #expect(problem() == "has classes in its validation split that the training split lacks: dog")
  }

  @Test func aValidationPartMayLackAClassAndTheLabelsStillAgree() throws {
    try add("train/ant/1", "train/bee/1", "train/cat/1", "val/cat/1", "val/ant/1")
    let source = try open()
    let validation = try #require(source.splits[.validation])
    #expect(validation.classNames == ["ant", "bee", "cat"])
    #expect(validation.classCounts == [1, 0, 1])
    #expect((0..<2).map(validation.label) == [0, 2])
  }

  @Test func anEmptyClassOfTheTrainingPartIsAnErrorAlsoUnderClassNames() throws {
    try add("train/cat/1", "train/dog/.keep", "val/cat/1", "val/dog/1")
    #expect(problem() == "has no pictures of the class dog")
    #expect(problem { $0.classNames = ["dog", "cat"] } == "has no pictures of the class dog")
    #expect(try open { $0.allowsEmptyClasses = true }.classNames == ["cat", "dog"])
  }

  @Test func classNamesReorderEveryPartAlike() throws {
    try add("train/cat/1", "train/dog/1", "val/dog/1", "val/cat/1")
    let source = try open { $0.classNames = ["dog", "cat"] }
    for part in source.splits.values {
      #expect(part.classNames == ["dog", "cat"])
      #expect(part.name(at: 0).contains("dog") && part.label(at: 0) == 0)
    }
  }

  @Test func withoutATrainingPartTheClassesOfAllPartsCount() throws {
    try add("val/cat/1", "val/dog/1", "test/dog/1", "test/cat/1")
    #expect(try open().classNames == ["cat", "dog"])
  }

  @Test func looseFilesAndDotEntriesAreCountedOverAllParts() throws {
    try add("train/cat/1", "val/cat/1", "README", "train/notes", "val/.DS_Store", ".git/x")
    let notes = try open().notes
    #expect(notes.contains("2 files ignored beside the class folders"))
    #expect(notes.contains { $0.hasPrefix("2 dot entries ignored") })
  }
}

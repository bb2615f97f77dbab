import TestSupport
import Testing
import WhiskerData
import WhiskerCore

/// Folders as archives of datasets hold them.
@Suite struct FolderLayoutTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func add(_ names: String...) throws {
    for name in names { try folder.write(flatPNG(1), to: name) }
  }

  private func open(
    _ name: String = "", _ configure: (inout DataSource.Options) -> Void = { _ in }
  ) throws -> DataSource {
    var options = DataSource.Options()
    configure(&options)
    return try DataSource.open(
      name.isEmpty ? folder.path : folder.path(name), Preprocessing(height: 2, width: 2), options: options)
  }

  private func addDogsAndCats() throws {
    for number in 0..<3 {
      try add("train/cat.\(number).jpg", "train/dog.\(number).jpg", "test1/\(number).jpg")
    }
  }

  @Test func filesOfAllClassesInOneFolderAreRefusedWithWhatWasFoundAndWhatToDo() throws {
    try addDogsAndCats()
    let error = #expect(throws: FileError.self) { try open() }
    #expect(error?.path == folder.path("train"))
    #expect(error?.problem.description == "holds 6 files but no class folders with pictures")
    #expect(error?.advice?.description.hasSuffix(labelsAdvice) == true)
  }

  private let labelsAdvice =
    "If the names of the files start with their classes (cat, dog), take the labels from the names: `labelsFromNames`"

  @Test func aFlatFolderWithoutSplitsIsRefusedInTheSameWay() throws {
    try add("cat_1.png", "cat_2.png", "dog_1.png", "dog_2.png")
    let error = #expect(throws: FileError.self) { try open() }
    #expect(error?.advice?.description.hasSuffix(labelsAdvice) == true)
  }

  @Test func filesWithoutClassesInTheirNamesAreRefusedWithoutThatAdvice() throws {
    try add("sunset.png", "Rome.png", "us.png")
    #expect(throws: FileError.self) { try open() }
  }

  @Test func labelsFromNamesReadsKagglesDogsAndCats() throws {
    try addDogsAndCats()
    let source = try open { $0.labelsFromNames = true }
    #expect(source.classNames == ["cat", "dog"])
    let training = try #require(source.splits[.training])
    #expect(training.classCounts == [3, 3])
    #expect(names(training).first == "train/cat.0.jpg" && training.label(at: 5) == 1)
    #expect(source.splits.count == 1)
    #expect(source.notes == ["test1 ignored: 3 files without a class"])
  }

  @Test func aTestFolderWithoutClassesIsNoPartAndNoted() throws {
    try add("train/cat/1.png", "train/dog/1.png", "test/1.png", "test/2.png")
    let source = try open()
    #expect(Array(source.splits.keys) == [.training] && source.classNames == ["cat", "dog"])
    #expect(source.notes == ["test ignored: 2 files without a class"])
    try add("only/test/1.png")
    let error = #expect(throws: FileError.self) { try open("only") }
    #expect(error?.path == folder.path("only/test"))
  }

  @Test func labelsFromNamesEndAtTheFirstDotLineOrDigit() throws {
    try add("a/cat.0.jpg", "b/cat-x.png", "cat7.png", "cat_b.JPG", "cat (1).png", "big cat-1.png", "7.png")
    try folder.write(Array("a,b".utf8), to: "labels.csv")
    try folder.write([0, 0, 0, 24] + Array("ftypavif".utf8), to: "cat.5.avif")
    let source = try open { $0.labelsFromNames = true }
    #expect(source.classNames == ["big cat", "cat"])
    #expect(source.splits[.training]?.classCounts == [1, 6])
    #expect(source.notes.contains("2 files ignored that are no pictures, or whose names start with no class"))
  }

  @Test func labelsFromNamesNeedsAFolderWithSuchNames() throws {
    try folder.writePair(IDXBytes.images([1]), IDXBytes.labels([0]), below: "idx/")
    try add("numbers/1.png", "numbers/2.png")
    for name in ["idx", "idx/train-images-idx3-ubyte", "numbers"] {
      #expect(throws: FileError.self, "\(name)") { try open(name) { $0.labelsFromNames = true } }
    }
  }

  @Test(arguments: [
    ("training_set", "test_set"), ("train", "test1"), ("Train-Images", "val_images"),
    ("traindata", "testdata"),
    ("trainset", "testset"),
  ])
  func splitsThatAreCalledAlikeInOtherWordsAreUnderstood(_ training: String, _ other: String) throws {
    for part in [training, other] { try add("\(part)/cats/1.jpg", "\(part)/dogs/1.jpg") }
    let source = try open()
    #expect(source.classNames == ["cats", "dogs"])
    #expect(source.splits.count == 2 && source.splits[.training]?.count == 2)
  }

  @Test func aFolderInAFolderOfTheSameNameIsEntered() throws {
    for part in ["training_set", "test_set"] {
      try add("archive/Archive/\(part)/\(part)/cats/1.jpg", "archive/Archive/\(part)/\(part)/dogs/1.jpg")
    }
    let source = try open("archive")
    #expect(source.classNames == ["cats", "dogs"])
    #expect(Set(source.splits.keys) == [.training, .test])
    #expect(source.path == folder.path("archive"))
    #expect(source.splits[.training].map(names)?.first == "training_set/training_set/cats/1.jpg")
    #expect(try source.splits[.test]?.sample(at: 0) == [1, 1, 1, 1])
    try add("photos/photos/cat/1.jpg", "photos/photos/dog/1.jpg")
    #expect(try open("photos").classNames == ["cat", "dog"])
    #expect(try open("photos").notes == ["the classes are looked for in \(folder.path("photos/photos"))"])
  }

  @Test func aClassWithAFolderOfItsNameIsStillAClass() throws {
    try add("cat/cat/1.jpg", "dog/dog/1.jpg", "alone/alone/1.jpg")
    #expect(try open().classNames == ["alone", "cat", "dog"])
    #expect(try open("alone").classNames == ["alone"])
  }

  @Test func foldersThatHintAtSeveralSplitsAreRefusedUnlessTheClassesAreNamed() throws {
    try add("seg_train/a/1.png", "seg_test/a/1.png", "seg_pred/1.png")
    let error = #expect(throws: FileError.self) { try open() }
    #expect(
      error?.problem.description == "holds split folders (seg_test, seg_train) beside others (seg_pred)"
    )
    let classes = ["seg_pred", "seg_test", "seg_train"]
    #expect(error?.advice?.description.hasSuffix(": `classNames` \(classes.joined(separator: ","))") == true)
    #expect(try open { $0.classNames = classes }.classNames == classes)
  }

  @Test func classesThatAreCalledLikeSplitsAreClassesWhereTheyAreNamed() throws {
    try add("valid/2020/1.png", "valid/2021/1.png", "invalid/2020/1.png", "invalid/2021/1.png")
    let error = #expect(throws: FileError.self) { try open() }
    #expect(
      error?.description.hasSuffix(
        "If they all are classes, name the classes in their order: `classNames` invalid,valid") == true)
    let source = try open { $0.classNames = ["valid", "invalid"] }
    #expect(source.classNames == ["valid", "invalid"])
    #expect(source.splits[.training]?.classCounts == [2, 2])
  }

  @Test func oneClassWhoseFoldersMayBeTheClassesIsNoted() throws {
    try add("PetImages/Cat/1.png", "PetImages/Dog/1.png")
    let note = "PetImages is the only class. If its folders are the classes (Cat, Dog), name "
    #expect(try open().notes == [note + folder.path("PetImages")])
  }
}

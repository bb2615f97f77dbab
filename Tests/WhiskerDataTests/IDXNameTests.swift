import SampleImages
import TestSupport
import Testing
import WhiskerData
import WhiskerCore

/// Data sets in MNIST's format under the names that they are published with.
@Suite struct IDXNameTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func open(_ name: String = "") throws -> DataSource {
    try DataSource.open(name.isEmpty ? folder.path : folder.path(name), Preprocessing(height: 2, width: 2))
  }

  private func problem() -> String {
    let error = #expect(throws: FileError.self) { try open() }
    return error?.problem.description ?? ""
  }

  @Test(arguments: ["train", "emnist-letters-train", "fashion-train", "kmnist-train"])
  func aTestPairIsTheValidationPartUnderWhateverNameOfTheSet(_ training: String) throws {
    let test = training.replacing("train", with: "test")
    try folder.writePair(IDXBytes.images([10, 20]), IDXBytes.labels([1, 0]), part: training)
    try folder.writePair(IDXBytes.images([30]), IDXBytes.labels([1]), part: test, zipped: true)
    let source = try open()
    #expect(source.kind == .idx && source.classNames == ["0", "1"])
    #expect(source.splits[.training]?.count == 2 && source.splits[.validation]?.count == 1)
  }

  @Test func labelsInATableOfIntegersAreItsFirstColumn() throws {
    let rows: [[UInt32]] = [[2, 7, 7], [0, 300, 7], [1, 9, 9]]
    let labels = rows.joined().flatMap { number in
      [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }
    try folder.write(IDXBytes.images([1, 2, 3]), to: "qmnist-train-images-idx3-ubyte")
    try folder.write(
      encodeGzip(IDXBytes.file(type: 12, [3, 3], labels)), to: "qmnist-train-labels-idx2-int.gz")
    let dataset = try #require(open().splits[.training])
    #expect((0..<3).map(dataset.label) == [2, 0, 1])
    #expect(try open("qmnist-train-images-idx3-ubyte").splits[.training]?.classCounts == [1, 1, 1])
  }

  @Test func aTableOfLabelsThatIsCutShortOrHasNoColumnIsAnError() throws {
    try folder.write(IDXBytes.images([1]), to: "qmnist-train-images-idx3-ubyte")
    for bytes in [
      IDXBytes.file(type: 12, [1, 8], [0, 0, 0]), IDXBytes.file(type: 12, [1, 0], []),
      IDXBytes.file(type: 12, [1, 1], [0x7F, 0xFF, 0xFF, 0xFF]), IDXBytes.labels([0]),
    ] {
      try folder.write(bytes, to: "qmnist-train-labels-idx2-int")
      #expect(throws: FileError.self) { try open() }
    }
  }

  @Test func severalSetsInAFolderAreAnErrorThatNamesThem() throws {
    for set in ["emnist-letters-train", "emnist-digits-train"] {
      try folder.writePair(IDXBytes.images([10]), IDXBytes.labels([0]), part: set)
    }
    #expect(problem() == "holds the IDX files of several datasets (emnist-digits, emnist-letters)")
    #expect(try open("emnist-digits-train-images-idx3-ubyte").splits[.training]?.count == 1)
  }

  @Test func aMissingFileOfAPairIsNamedAsItsPartnerIs() throws {
    try folder.write(IDXBytes.images([1]), to: "emnist-mnist-test-images-idx3-ubyte.gz")
    #expect(problem() == "has no emnist-mnist-test-labels-idx1-ubyte beside it, gzipped or not")
  }

  @Test func foldersBesideTheFilesAreNoted() throws {
    try folder.writePair(IDXBytes.images([10]), IDXBytes.labels([0]))
    try folder.write(flatPNG(1), to: "cat/1.png")
    try folder.write(flatPNG(1), to: "dog/1.png")
    #expect(try open().notes == ["2 folders ignored beside the IDX files (cat, dog)"])
  }

  @Test func namesOfClassesMayHaveAByteOrderMarkAndBlanksAroundThem() throws {
    try folder.writePair(IDXBytes.images([1, 2, 3]), IDXBytes.labels([0, 1, 2]))
    try folder.write([0xEF, 0xBB, 0xBF] + Array("zero \r\n one\t\r\n  \r\nbig two".utf8), to: "labels.txt")
    #expect(try open().classNames == ["zero", "one", "big two"])
  }

  @Test func namesOfClassesInAnotherEncodingAreRefusedWithItsName() throws {
    try folder.writePair(IDXBytes.images([1]), IDXBytes.labels([0]))
    for (bytes, words) in [
      ([0xFF, 0xFE, 0x61, 0], "is UTF-16"), ([0xFE, 0xFF, 0, 0x61], "is UTF-16"),
      (Array("z".utf8) + [0xE9] + Array("ro".utf8), "is not UTF-8"),
    ] as [([UInt8], String)] {
      try folder.write(bytes, to: "labels.txt")
      #expect(problem() == words)
    }
  }
}

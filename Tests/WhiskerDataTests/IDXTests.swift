import SampleImages
import TestSupport
import Testing
import WhiskerData
import WhiskerCore

@Suite struct IDXTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private let small = Preprocessing(height: 2, width: 2)

  private func open(_ name: String = "", _ preprocessing: Preprocessing? = nil) throws -> DataSource {
    try DataSource.open(name.isEmpty ? folder.path : folder.path(name), preprocessing ?? small)
  }

  private func addPairs() throws {
    try folder.writePair(IDXBytes.images([10, 20, 30]), IDXBytes.labels([2, 0, 1]))
    try folder.writePair(IDXBytes.images([40]), IDXBytes.labels([1]), part: "t10k")
  }

  @Test(arguments: ["", "raw/", "MNIST/raw/"], ["-", "."])
  func mnistsFilesAreFoundUnderTheirUsualNamesGzippedOrNot(_ place: String, separator: String) throws {
    for zipped in [false, true] {
      let folder = try TemporaryFolder()
      try folder.writePair(
        IDXBytes.images([10, 20]), IDXBytes.labels([1, 0]), below: place, separator: separator, zipped: zipped
      )
      try folder.writePair(
        IDXBytes.images([40]), IDXBytes.labels([1]), below: place, part: "t10k", separator: separator,
        zipped: zipped)
      let source = try DataSource.open(folder.path, small)
      #expect(source.kind == .idx && source.notes == [])
      #expect(source.splits[.training]?.count == 2 && source.splits[.validation]?.count == 1)
      #expect(try source.splits[.training]?.sample(at: 1) == [20, 20, 20, 20])
      #expect(source.splits[.training]?.label(at: 0) == 1)
    }
  }

  @Test func theSecondPairIsTheValidationPartWithTheSameClasses() throws {
    try addPairs()
    let source = try open()
    let validation = try #require(source.splits[.validation])
    #expect(source.classNames == ["0", "1", "2"])
    #expect(validation.classNames == ["0", "1", "2"])
    #expect(validation.name(at: 0) == "t10k-images-idx3-ubyte#0")
    #expect(source.evaluationSplit == .validation)
  }

  @Test func aPartAloneIsEnough() throws {
    try folder.writePair(IDXBytes.images([40]), IDXBytes.labels([1]), part: "t10k")
    let source = try open()
    #expect(Array(source.splits.keys) == [.validation])
    #expect(source.classNames == ["0", "1"])
  }

  @Test func imagesMayBeGzippedWhereLabelsAreNot() throws {
    try folder.write(encodeGzip(IDXBytes.images([1])), to: "train-images-idx3-ubyte.gz")
    try folder.write(IDXBytes.labels([0]), to: "train-labels-idx1-ubyte")
    #expect(try open().splits[.training]?.sample(at: 0) == [1, 1, 1, 1])
  }

  @Test(arguments: ["cat\ndog\nemu\n", "cat\r\ndog\r\nemu", "\ncat\n\ndog\nemu\n\n"])
  func labelsDotTxtNamesTheClassesOneALine(_ text: String) throws {
    try addPairs()
    try folder.write(Array(text.utf8), to: "labels.txt")
    #expect(try open().classNames == ["cat", "dog", "emu"])
  }

  @Test(arguments: ["", "\n", "cat\ncat\ndog"]) func aLabelsDotTxtWithoutNamesOrWithANameTwiceIsAnError(
    _ text: String
  ) throws {
    try addPairs()
    try folder.write(Array(text.utf8), to: "labels.txt")
    let error = #expect(throws: FileError.self) { try open() }
    #expect(error?.path == folder.path("labels.txt"))
  }

  @Test func classNamesGivenByTheCallerComeFirst() throws {
    try addPairs()
    try folder.write(Array("a\nb\nc".utf8), to: "labels.txt")
    var options = DataSource.Options()
    options.classNames = ["x", "y", "z", "unused"]
    #expect(
      try DataSource.open(folder.path, small, options: options).classNames == ["x", "y", "z", "unused"])
    options.classNames = ["x", "y"]
    let error = #expect(throws: FileError.self) { try DataSource.open(folder.path, small, options: options) }
    #expect(error?.problem.description == "holds the label 2, but there are 2 classes")
  }

  @Test func aPairIsFoundByTheImagesNameOrNamedByTheCaller() throws {
    try folder.write(IDXBytes.images([7]), to: "my-images.idx3")
    try folder.write(encodeGzip(IDXBytes.labels([0])), to: "my-labels.idx1.gz")
    #expect(try open("my-images.idx3").splits[.training]?.sample(at: 0) == [7, 7, 7, 7])
    try folder.write(IDXBytes.images([8]), to: "pictures.bin")
    let error = #expect(throws: FileError.self) { try open("pictures.bin") }
    #expect(error?.description.hasSuffix("has no labels file beside it. Name it with `labels` FILE") == true)
    var options = DataSource.Options()
    options.labelsPath = folder.path("my-labels.idx1.gz")
    let source = try DataSource.open(folder.path("pictures.bin"), small, options: options)
    #expect(source.splits[.training]?.classCounts == [1])
  }

  @Test func imagesOfAnotherSizeAreScaledByExactAreaAveraging() throws {
    let pixels = noise(30 * 41).map { UInt8($0) }
    try folder.writePair(IDXBytes.file([1, 41, 30], pixels), IDXBytes.labels([0]))
    let exact = AreaReference(pixels: pixels.map { Double($0) }, width: 30, height: 41).scaled(to: 28, 28)
    let sample = try #require(open("", Preprocessing()).splits[.training]).sample(at: 0)
    #expect(largestDifference(sample, exact) <= 1)
    let cropped = Preprocessing(height: 15, width: 15, aspect: .crop)
    let middle = AreaReference(pixels: pixels.map { Double($0) }, width: 30, height: 41)
      .scaled(to: 15, 15, y: 5.5, cropHeight: 30)
    #expect(largestDifference(try #require(open("", cropped).splits[.training]).sample(at: 0), middle) <= 1)
  }

  @Test func grayImagesCanBeReadInColour() throws {
    try folder.writePair(IDXBytes.file([1, 1, 2], [9, 200]), IDXBytes.labels([0]))
    let color = Preprocessing(height: 1, width: 2, colorMode: .rgb)
    #expect(try open("", color).splits[.training]?.sample(at: 0) == [9, 9, 9, 200, 200, 200])
  }

  @Test func aFileAsLargeAsMNISTsWithOtherContentsGetsANote() throws {
    try folder.writePair(
      IDXBytes.images([UInt8](repeating: 0, count: 10_000), side: 28),
      IDXBytes.labels([UInt8](repeating: 0, count: 10_000)), part: "t10k")
    let notes = try open("", Preprocessing()).notes
    #expect(notes.count == 2)
    #expect(
      notes.first?.hasPrefix("t10k-images-idx3-ubyte has the size of MNIST's file but other contents") == true
    )
    #expect(
      notes.last?.hasPrefix("t10k-labels-idx1-ubyte has the size of MNIST's file but other contents") == true)
  }

  @Test(.enabled(if: Fixtures.hasMNIST, "needs MNIST in ../shared/data/mnist"))
  func mnistItselfIsReadWithoutANote() throws {
    let source = try DataSource.open(Fixtures.mnist, Preprocessing())
    let training = try #require(source.splits[.training]), test = try #require(source.splits[.validation])
    #expect(source.notes == [] && source.classNames == (0...9).map(String.init))
    // The counts that the dataset's page and everybody since has published.
    #expect(training.classCounts == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
    #expect(test.classCounts == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
    #expect(training.label(at: 0) == 5 && test.label(at: 0) == 7)
    // python3: sum(gzip.open("train-images-idx3-ubyte.gz").read()[16:16 + 784])
    #expect(try training.sample(at: 0).reduce(0) { $0 + Int($1) } == 27_525)
  }
}

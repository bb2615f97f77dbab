import SampleImages
import TestSupport
import Testing
import WhiskerData
import WhiskerCore

@Suite struct DamagedIDXTests {
  private let folder: TemporaryFolder
  private let images = IDXBytes.images([1, 2, 3])
  private let labels = IDXBytes.labels([0, 1, 0])

  init() throws { folder = try TemporaryFolder() }

  private func problem(images: [UInt8]? = nil, labels: [UInt8]? = nil, zipped: Bool = false) throws -> String
  {
    try folder.writePair(images ?? self.images, labels ?? self.labels, zipped: zipped)
    let error = #expect(throws: FileError.self) {
      try DataSource.open(folder.path, Preprocessing(height: 2, width: 2))
    }
    return error?.problem.description ?? ""
  }

  @Test(arguments: [false, true]) func anotherFileUnderTheNameIsRefused(_ zipped: Bool) throws {
    #expect(try problem(images: Array("<!DOCTYPE html>".utf8), zipped: zipped).contains("is not an IDX file"))
    #expect(try problem(labels: [], zipped: zipped).contains("is not an IDX file"))
    #expect(try problem(images: [0, 1] + images.dropFirst(2), zipped: zipped).contains("two zero bytes"))
  }

  @Test(arguments: [0, 7, 9, 0x0B, 0x0C, 0x0D, 0x0E, 0xFF] as [UInt8])
  func elementsOfAnotherTypeAreRefused(_ type: UInt8) throws {
    let problem = try problem(images: IDXBytes.file(type: type, [3, 2, 2], [UInt8](repeating: 0, count: 12)))
    #expect(problem == "holds elements of type 0x\(String(type, radix: 16)), not unsigned bytes (0x8)")
  }

  @Test(arguments: [[], [12], [3, 4], [3, 2, 2, 1]] as [[UInt32]])
  func anotherNumberOfDimensionsIsRefused(_ dimensions: [UInt32]) throws {
    let file = IDXBytes.file(dimensions, [UInt8](repeating: 0, count: 12))
    #expect(try problem(images: file) == "has \(dimensions.count) dimensions, not 3")
  }

  @Test func imagesAndLabelsThatWereMixedUpAreAnErrorThatSaysSo() throws {
    try folder.writePair(labels, images)
    let error = #expect(throws: FileError.self) { try DataSource.open(folder.path, Preprocessing()) }
    #expect(error?.problem.description == "has 1 dimensions, not 3")
    #expect(error?.advice == "Is it the labels file?")
  }

  @Test(arguments: [false, true]) func aFileThatIsTooShortOrTooLongIsRefused(_ zipped: Bool) throws {
    for count in 4..<images.count {
      let problem = try problem(images: Array(images.prefix(count)), zipped: zipped)
      #expect(problem.contains("bytes long") || problem.contains("cut short within its header"), "\(count)")
    }
    #expect(
      try problem(images: images + [0], zipped: zipped).contains(
        zipped ? "more than the 28 bytes" : "29 bytes long"))
    #expect(try problem(labels: labels + [0], zipped: zipped).contains("bytes"))
    #expect(try problem(labels: labels.dropLast(), zipped: zipped).contains("bytes long"))
  }

  @Test func anotherNumberOfLabelsThanOfImagesIsRefused() throws {
    #expect(try problem(labels: IDXBytes.labels([0, 1])).hasPrefix("holds 3 images, but "))
  }

  @Test func aLabelBeyondTheClassListIsRefused() throws {
    let problem = "holds the label 4, but there are 3 classes"
    try folder.write(Array("a\nb\nc".utf8), to: "labels.txt")
    #expect(try self.problem(labels: IDXBytes.labels([0, 4, 1])) == problem)
    try folder.write(Array("a\nb\nc\nd\ne".utf8), to: "labels.txt")
    var options = DataSource.Options()
    options.classNames = ["x", "y", "z"]
    let error = #expect(throws: FileError.self) {
      try DataSource.open(folder.path, Preprocessing(height: 2, width: 2), options: options)
    }
    #expect(error?.problem.description == problem && error?.path.hasSuffix("train-labels-idx1-ubyte") == true)
  }

  private static let overflows: [[UInt32]] = [
    [0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF], [0x8000_0000, 0x8000_0000, 4], [0x10000, 0x10000, 0x10000],
    [0xFFFF_FFFF, 2, 2], [1, 0xFFFF_FFFF, 1],
  ]

  // In a process of its own, where no other test takes memory.
  @Test func countsThatOverflowAreRefusedBeforeMemoryIsTaken() async {
    await #expect(processExitsWith: .success) {
      let tests = try DamagedIDXTests()
      for dimensions in DamagedIDXTests.overflows {
        let before = peakMemory()
        for zipped in [false, true] {
          let problem = try tests.problem(images: IDXBytes.file(dimensions, [1, 2, 3]), zipped: zipped)
          #expect(problem.contains("announces"), "\(dimensions): \(problem)")
        }
        #expect(peakMemory() - before < 1 << 30, "\(dimensions)")
      }
    }
  }

  // In a process of its own, where no other test takes memory.
  @Test func aGzippedFileIsRefusedByItsHeaderBeforeItIsExpanded() async {
    await #expect(processExitsWith: .success) {
      let tests = try DamagedIDXTests()
      let labels = try encodeGzip(IDXBytes.labels([0]))
      try tests.folder.write(labels, to: "train-labels-idx1-ubyte.gz")
      let images = IDXBytes.file([1, 20_000, 20_000], []) + [UInt8](repeating: 0, count: 400_000_000)
      try tests.folder.write(encodeGzip(images), to: "train-images-idx3-ubyte.gz")
      let before = peakMemory()
      let error = #expect(throws: FileError.self) { try DataSource.open(tests.folder.path, Preprocessing()) }
      #expect(error?.problem.description.contains("holds images of 20000x20000 pixels") == true)
      #expect(peakMemory() - before < 100 << 20)
    }
  }

  @Test func aLargeGzippedFileIsDescribedByItsHeader() async {
    await #expect(processExitsWith: .success) {
      let tests = try DamagedIDXTests()
      let labels = try encodeGzip(IDXBytes.labels([UInt8](repeating: 1, count: 400)))
      try tests.folder.write(labels, to: "train-labels-idx1-ubyte.gz")
      let images = IDXBytes.file([400, 1000, 1000], []) + [UInt8](repeating: 0, count: 400_000_000)
      try tests.folder.write(encodeGzip(images), to: "train-images-idx3-ubyte.gz")
      let before = peakMemory()
      var options = DataSource.Options()
      options.describesOnly = true
      let source = try DataSource.open(tests.folder.path, options: options)
      #expect(source.splits[.training]?.classCounts == [0, 400])
      #expect(peakMemory() - before < 100 << 20)
    }
  }

  @Test(arguments: [[0, 28, 28], [3, 0, 28], [3, 28, 0], [0, 0xFFFF_FFFF, 0xFFFF_FFFF]] as [[UInt32]])
  func aSetWithoutImagesOrPixelsIsRefused(_ dimensions: [UInt32]) throws {
    let labels = IDXBytes.labels([UInt8](repeating: 0, count: Int(dimensions[0])))
    #expect(try problem(images: IDXBytes.file(dimensions, []), labels: labels) == "holds no images")
  }

  @Test func gzipDataThatIsCutShortAnywhereIsRefused() throws {
    let zipped = try encodeGzip(IDXBytes.images(noise(50).map { UInt8($0) }))
    try folder.write(
      encodeGzip(IDXBytes.labels([UInt8](repeating: 0, count: 50))), to: "train-labels-idx1-ubyte.gz")
    for count in 2..<zipped.count {
      try folder.write(Array(zipped.prefix(count)), to: "train-images-idx3-ubyte.gz")
      let error = #expect(throws: FileError.self) { try DataSource.open(folder.path, Preprocessing()) }
      #expect(
        error?.problem.description == "is cut short: the gzip data has no end",
        "\(count): \(error?.problem.description ?? "")")
    }
  }

  @Test func gzipDataWithAChangedByteIsRefusedOrTheSameAndNeverCrashes() throws {
    let file = IDXBytes.images(noise(50).map { UInt8($0) })
    let zipped = try encodeGzip(file)
    try folder.write(
      encodeGzip(IDXBytes.labels([UInt8](repeating: 0, count: 50))), to: "train-labels-idx1-ubyte.gz")
    // Behind the magic bytes, without which it is another file, and the parts of the header that mean nothing.
    for position in 10..<zipped.count {
      var bytes = zipped
      bytes[position] ^= 0x55
      try folder.write(bytes, to: "train-images-idx3-ubyte.gz")
      #expect(throws: FileError.self, "\(position)") { try DataSource.open(folder.path, Preprocessing()) }
    }
  }

  @Test(
    arguments: [([1, 2, 3], "3 bytes"), ([0], "1 byte"), ([0x1F], "1 byte"), (Array("PK".utf8), "2 bytes")]
      as [([UInt8], String)])
  func somethingElseBehindTheGzipDataIsRefused(_ garbage: [UInt8], _ count: String) throws {
    try folder.writePair(images, labels, zipped: true)
    for zipped in [try encodeGzip(images), try members(images, of: 10)] {
      try folder.write(zipped + garbage, to: "train-images-idx3-ubyte.gz")
      let error = #expect(throws: FileError.self) { try DataSource.open(folder.path, Preprocessing()) }
      #expect(error?.problem.description == "has \(count) of something else after its gzip data")
    }
  }

  /// Gzip data of several members, as `cat a.gz b.gz` makes it.
  private func members(_ bytes: [UInt8], of size: Int) throws -> [UInt8] {
    try stride(from: 0, to: bytes.count, by: size).flatMap {
      try encodeGzip(Array(bytes[$0..<min($0 + size, bytes.count)]))
    }
  }

  // RFC 1952, 2.2: "A gzip file consists of a series of members".
  @Test(arguments: [1, 3, 10, 27]) func gzipDataOfSeveralMembersIsReadAsOne(_ size: Int) throws {
    try folder.writePair(images, labels, zipped: true)
    let empty = try encodeGzip([])
    for zipped in [try members(images, of: size), try empty + members(images, of: size) + empty + empty] {
      try folder.write(zipped, to: "train-images-idx3-ubyte.gz")
      let source = try DataSource.open(folder.path, Preprocessing(height: 2, width: 2))
      #expect(try source.splits[.training]?.sample(at: 2) == [3, 3, 3, 3])
    }
  }

  @Test func gzipDataWhoseLastMemberIsCutShortOrTooMuchIsRefused() throws {
    let zipped = try members(images, of: 10)
    let last = try encodeGzip(Array(images.suffix(images.count % 10))).count
    for missing in 1...last - 2 {
      #expect(try problem(zipped: zipped.dropLast(missing)) == "is cut short: the gzip data has no end")
    }
    #expect(
      try problem(zipped: zipped + encodeGzip([0]))
        == "holds more than the 28 bytes that its header announces")
    #expect(try problem(zipped: zipped + [0x1F, 0x8B, 9, 9]).hasPrefix("holds damaged gzip data"))
  }

  private func problem(zipped: [UInt8]) throws -> String {
    try folder.writePair(images, labels, zipped: true)
    try folder.write(zipped, to: "train-images-idx3-ubyte.gz")
    let error = #expect(throws: FileError.self) { try DataSource.open(folder.path, Preprocessing()) }
    return error?.problem.description ?? ""
  }

  @Test func aGzipBombIsRefusedAtTheSizeThatItsHeaderAnnounces() throws {
    let bomb = IDXBytes.images([1, 2, 3]) + [UInt8](repeating: 0, count: 100_000_000)
    let zipped = try encodeGzip(bomb)
    try folder.write(encodeGzip(labels), to: "train-labels-idx1-ubyte.gz")
    try folder.write(zipped, to: "train-images-idx3-ubyte.gz")
    let error = #expect(throws: FileError.self) { try DataSource.open(folder.path, Preprocessing()) }
    #expect(error?.problem.description == "holds more than the 28 bytes that its header announces")
  }

  @Test func imagesWithMorePixelsThanTheLimitAreRefused() throws {
    var options = DataSource.Options()
    options.maximumPixels = 3
    try folder.writePair(images, labels)
    let error = #expect(throws: FileError.self) {
      try DataSource.open(folder.path, Preprocessing(), options: options)
    }
    #expect(error?.problem.description == "holds images of 2x2 pixels, over the limit of 3 (`maximumPixels`)")
  }

  @Test func imagesOfASideOverAMillionAreRefused() throws {
    let pixels = [UInt8](repeating: 0, count: 1_000_001)
    try folder.writePair(IDXBytes.file([1, 1_000_001, 1], pixels), IDXBytes.labels([0]), zipped: true)
    let error = #expect(throws: FileError.self) { try DataSource.open(folder.path, Preprocessing()) }
    #expect(
      error?.problem.description == "holds images of 1x1000001 pixels, over the limit of 1000000 on a side")
  }

  @Test func aFileThatIsNoDataSetIsRefusedByWhatItIs() throws {
    for (bytes, problem) in [
      (try flatPNG(1), "is one picture, not a dataset"),
      (Array("Hello".utf8), "is a text file, not a dataset"),
      ([], "is empty, not a dataset"), ([0x1F, 0x8B, 8], "is a gzip archive, not a dataset"),
    ] {
      let path = try folder.write(bytes, to: "file")
      let error = #expect(throws: FileError.self) { try DataSource.open(path, Preprocessing()) }
      #expect(error?.problem.description == problem)
    }
  }
}

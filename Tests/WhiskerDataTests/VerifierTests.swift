import SampleImages
import TestSupport
import Testing
import WhiskerData

@Suite struct VerifierTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func picture(_ shade: UInt16, width: Int = 4, height: Int = 3) throws -> [UInt8] {
    try encodePNG(
      width: width, height: height, samples: Array(repeating: shade, count: width * height),
      options: .init(colorType: .gray))
  }

  private func verify(workers: Int = 2) throws -> Verification {
    var options = DataSource.Options()
    options.allowsEmptyClasses = true
    let source = try DataSource.open(folder.path, Preprocessing(), options: options)
    return try Verifier(source, readAhead: .init(workers: workers)).run()
  }

  @Test func aGoodSetIsClean() throws {
    for shade in 0..<40 { try folder.write(picture(UInt16(shade)), to: "\(shade % 2)/\(shade).png") }
    let verification = try verify()
    #expect(verification.isClean)
    #expect(verification.files.count == 40)
    #expect(verification.files.allSatisfy { $0.details?.format == "PNG" })
    #expect(verification.imbalance == 1)
  }

  @Test func everyFileIsReportedInOrderWhateverTheWorkers() throws {
    for shade in 0..<50 { try folder.write(picture(UInt16(shade)), to: "\(shade % 3)/\(shade).png") }
    try folder.write([], to: "1/empty.png")
    let reference = try verify(workers: 0)
    for workers in [1, 3] { #expect(try verify(workers: workers).files == reference.files) }
    #expect(reference.unreadable.map(\.name) == ["1/empty.png"])
    #expect(reference.unreadable.first?.reason == "is empty, not PNG, JPEG or WebP")
    #expect(!reference.isClean)
  }

  @Test func sizesAreThoseOfTheFile() throws {
    try folder.write(picture(1, width: 7, height: 5), to: "a/1.png")
    try folder.write(
      encodeJPEG(
        width: 16, height: 9, pixels: Array(repeating: 90, count: 144), options: .init(storage: .gray)),
      to: "b/1.jpg")
    let details = try verify().files.compactMap(\.details)
    #expect(details.map(\.format) == ["PNG", "JPEG"])
    #expect(details.map(\.width) == [7, 16])
    #expect(details.map(\.height) == [5, 9])
  }

  @Test func copiesAreReportedByWhatTheyCross() throws {
    for name in ["train/a/1.png", "train/a/copy.png"] { try folder.write(picture(1), to: name) }
    for name in ["train/a/2.png", "train/b/2.png"] { try folder.write(picture(2), to: name) }
    for name in ["train/b/3.png", "test/b/3.png"] { try folder.write(picture(3), to: name) }
    try folder.write(picture(4), to: "test/a/4.png")
    let duplicates = try verify().duplicates
    #expect(
      duplicates.map { $0.files.map(\.name) } == [
        ["train/a/1.png", "train/a/copy.png"], ["train/a/2.png", "train/b/2.png"],
        ["train/b/3.png", "test/b/3.png"],
      ])
    #expect(duplicates.map(\.crossesClasses) == [false, true, false])
    #expect(duplicates.map(\.crossesSplits) == [false, false, true])
  }

  @Test func copiesWithinAClassAreNoFault() throws {
    for name in ["a/1.png", "a/2.png"] { try folder.write(picture(1), to: name) }
    try folder.write(picture(2), to: "b/1.png")
    let verification = try verify()
    #expect(verification.duplicates.count == 1)
    #expect(verification.isClean)
    #expect(verification.imbalance == 2)
  }

  @Test func aClassWithoutPicturesIsReportedWithItsSplit() throws {
    for name in ["train/a/1.png", "train/b/1.png", "test/a/1.png"] {
      try folder.write(picture(UInt16(name.utf8.reduce(0) { $0 + Int($1) } % 256)), to: name)
    }
    let verification = try verify()
    #expect(verification.emptyClasses.map(\.className) == ["b"])
    #expect(verification.emptyClasses.map(\.split) == [.test])
    #expect(!verification.isClean)
  }
}

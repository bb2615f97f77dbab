import Foundation
import TestSupport
import Testing
import WhiskerData
import WhiskerCore

@Suite struct DamagedCacheTests {
  private let caches: CacheFolder
  private let whole: [UInt8]

  init() throws {
    caches = try CacheFolder.withPictures()
    try caches.make()
    whole = try caches.bytes("cache.safetensors")
  }

  /// What is found wrong with the given file, if anything.
  private func problem(_ bytes: [UInt8]) throws -> String? {
    try caches.folder.write(bytes, to: "damaged.safetensors")
    do {
      let source = try caches.open("damaged.safetensors")
      let verification = try Verifier(source, readAhead: .init(workers: 1)).run()
      return verification.damage.first?.description
    } catch let error as FileError {
      return error.description
    }
  }

  @Test func aWholeCacheIsFoundWhole() throws { #expect(try problem(whole) == nil) }

  @Test func everyTruncationIsRefusedWhenTheCacheIsOpened() throws {
    for length in stride(from: 0, to: whole.count, by: 37) + [whole.count - 1] {
      try caches.folder.write(Array(whole.prefix(length)), to: "damaged.safetensors")
      #expect(throws: FileError.self, "\(length)") { try caches.open("damaged.safetensors") }
    }
  }

  @Test func somethingBehindTheEndIsRefused() throws {
    #expect(try #require(try problem(whole + [0])).contains("but the file holds \(whole.count - 4096 + 1)"))
  }

  /// The padding of the header is the only place where a bit may change and nothing be lost.
  @Test func everyChangedByteIsFound() throws {
    let padding = try #require(whole[..<4096].lastIndex(of: UInt8(ascii: "}"))) + 1..<4096
    for offset in whole.indices where !padding.contains(offset) {
      var bytes = whole
      bytes[offset] ^= 1 << UInt8(offset % 8)
      #expect(try problem(bytes) != nil, "byte \(offset)")
    }
  }

  @Test func thePlaceOfTheDamageIsReported() throws {
    var bytes = whole
    bytes[4096 + 4 * 3] ^= 8
    let found = try #require(try problem(bytes))
    #expect(found.contains("damaged.safetensors: is damaged between the bytes 4096 and"), "\(found)")
    #expect(found.contains("in its images") && found.contains("(rows 0 to 21)"), "\(found)")
  }

  @Test func aNewerFormatIsDistinguishedFromDamage() throws {
    let text = try #require(whole.firstRange(of: Array(#""whisker.cache":"2""#.utf8)))
    var bytes = whole
    bytes[text.upperBound - 2] = UInt8(ascii: "4")
    #expect(
      try #require(try problem(bytes)).contains("has the cache format 4, but this version reads 2 and 3"))
  }

  @Test func otherSafetensorsFilesAreRecognised() throws {
    let path = caches.folder.path("other.safetensors")
    try SafetensorsWriter(metadata: [:]).write(to: path)
    let other = #expect(throws: FileError.self) { try DataSource.open(path) }
    #expect(
      other?.problem.description == "is a safetensors file, but not a cache that Whisker made, not a dataset"
    )
    try SafetensorsWriter(metadata: ["whisker.format": "1"]).write(to: path)
    let model = #expect(throws: FileError.self) { try DataSource.open(path) }
    #expect(model?.problem.description == "is a model, not a dataset")
  }
}

private func + (left: StrideTo<Int>, right: [Int]) -> [Int] { Array(left) + right }

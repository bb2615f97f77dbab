import TestSupport
import Testing
import WhiskerCore
import WhiskerData

@Suite struct FingerprintTests {
  /// Computed with `xxh128sum` of xxHash 0.8.1.
  @Test(arguments: [
    ([], "99aa06d3014798d86001c324468d497f"),
    (Array("a".utf8), "a96faf705af16834e6c632b61e964e1f"),
    (Array("0123456789abcde".utf8), "a15e87058de69926258e33052819616f"),
    (Array("0123456789abcdef".utf8), "ccba8085a0434e9e0befb4873dbe58f8"),
    (Array("The quick brown fox jumps over the lazy dog".utf8), "ddd650205ca3e7fa24a1cc2e3a8a7651"),
    ((0..<200).map { UInt8($0) }, "cb0395310643ba0edd97e9af3609d9f5"),
    ((0..<768).map { UInt8(truncatingIfNeeded: $0) }, "a9ee10cbf43517e44066a57f4496584a"),
  ]) func isThatOfTheReferenceImplementation(contents: [UInt8], expected: String) {
    let digits = contents.withUnsafeBytes { Fingerprint($0) }.bytes.map {
      ($0 < 16 ? "0" : "") + String($0, radix: 16)
    }
    #expect(digits.joined() == expected)
  }

  @Test("A changed file has the fingerprint of its contents; that of what was read first is kept")
  func changed() throws {
    let folder = try TemporaryFolder()
    let pictures = [UInt8(0), 9].map { PNGEncoder.encode([$0], height: 1, width: 1, channels: 1) }
    let expected = pictures.map { $0.withUnsafeBytes { Fingerprint($0) } }
    try folder.write(pictures[0], to: "data/a/1.png")
    let dataset = try #require(
      try DataSource.open(folder.path("data")).splits[.training] as? any FileBackedDataset)
    _ = try dataset.sample(at: 0)
    try folder.write(pictures[1], to: "data/a/1.png")
    var pixels = [UInt8](repeating: 0, count: dataset.preprocessing.sampleSize)
    let details = try pixels.withUnsafeMutableBytes { try StoredSamples(dataset).examine(0, into: $0) }
    #expect(details.fingerprint == expected[1])
    #expect(try StoredSamples(dataset).fingerprint(at: 0) == expected[1])
    #expect(try StoredSamples(dataset).fingerprint(at: 0, ifSize: { _ in true }) == expected[0])
  }
}

import Testing
import WhiskerData

@Suite struct FingerprintTests {
  /// Computed with Python's mmh3 5: `mmh3.hash_bytes(data, 0).hex()`.
  @Test(arguments: [
    ([], "00000000000000000000000000000000"),
    (Array("a".utf8), "897859f6655555855a890e51483ab5e6"),
    (Array("0123456789abcde".utf8), "5123bfc0f6d52da6f04c547c0cf5cc4f"),
    (Array("0123456789abcdef".utf8), "a7d14acf946de04bda08a7635c5bc387"),
    (Array("The quick brown fox jumps over the lazy dog".utf8), "6c1b07bc7bbc4be347939ac4a93c437a"),
    ((0..<768).map { UInt8(truncatingIfNeeded: $0) }, "b626b903306c92cf3846f3e2e5d953fa"),
  ]) func isThatOfTheReferenceImplementation(contents: [UInt8], expected: String) {
    let digits = contents.withUnsafeBytes { Fingerprint($0) }.bytes.map {
      ($0 < 16 ? "0" : "") + String($0, radix: 16)
    }
    #expect(digits.joined() == expected)
  }
}

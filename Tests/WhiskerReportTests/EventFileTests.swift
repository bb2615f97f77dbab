import Foundation
import TestSupport
import Testing
import WhiskerReport

@Suite struct EventFileTests {
  private static let ascending = [UInt8](0..<32)
  private static let known: [(bytes: [UInt8], checksum: UInt32)] = [
    ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
    ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
    (ascending, 0x46DD_794E),
    (ascending.reversed(), 0x113F_DB5C),
    ([UInt8]("123456789".utf8), 0xE306_9283),
    ([], 0),
  ]

  @Test("The checksums are those of RFC 3720, appendix B.4", arguments: known)
  func knownChecksums(bytes: [UInt8], expected: UInt32) {
    #expect(CRC32C.of(bytes) == expected)
    // Rotated to the right by 15 bits, and added to.
    #expect(CRC32C.masked(bytes) == ((expected >> 15) | (expected << 17)) &+ 0xA282_EAD8)
  }

  @Test("A record is its length, the length's checksum, its bytes and their checksum")
  func framing() {
    let record = EventFile.record(Array("123456789".utf8))
    #expect(record.prefix(8) == [9, 0, 0, 0, 0, 0, 0, 0])
    #expect(record.dropFirst(12).prefix(9) == Array("123456789".utf8)[...])
    let masked = CRC32C.masked(Array("123456789".utf8))
    #expect(Array(record.suffix(4)) == [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: masked >> $0) })
    #expect(record.count == 8 + 4 + 9 + 4)
  }

  @Test("A file that is there is not taken, and records follow each other")
  func appends() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("events")
    let file = try #require(try EventFile(path))
    #expect(try EventFile(path) == nil)
    try file.append([1, 2])
    try file.append([3])
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data([1, 2, 3]))
    #expect(throws: (any Error).self) { try EventFile(folder.path("missing/events")) }
  }
}

import Foundation
import Testing
import WhiskerData

@Suite struct PNGEncoderTests {
  @Test("What is encoded is decoded to the same pixels")
  func roundTrip() throws {
    let gray = noise(31 * 7).map { UInt8($0) }
    #expect(
      try decode(PNGEncoder.encode(gray, height: 7, width: 31, channels: 1), width: 31, height: 7) == gray)
    let rgb = smoothRGB(width: 40, height: 33)
    let file = PNGEncoder.encode(rgb, height: 33, width: 40, channels: 3)
    #expect(try decode(file, width: 40, height: 33, .rgb) == rgb)
    #expect(file.count < rgb.count)
    let uri = PNGEncoder.dataURI(rgb, height: 33, width: 40, channels: 3)
    #expect(uri == "data:image/png;base64," + Data(file).base64EncodedString())
  }
}

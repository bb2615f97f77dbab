import Foundation
import TestSupport
import Testing
import WhiskerData

/// The pictures of a report.
@Suite struct ThumbnailTests {
  private static let pictures = Fixtures.samples + "/cats-dogs/train"

  /// The size of the PNG file in a data URI, or of a PNG file.
  private func size(ofPNG bytes: Data) -> (width: Int, height: Int) {
    func number(_ start: Int) -> Int { bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
    return (number(16), number(20))
  }

  private func size(of thumbnail: Thumbnail) throws -> (width: Int, height: Int) {
    let text = try #require(thumbnail.dataURI.split(separator: ",").last)
    return size(ofPNG: try #require(Data(base64Encoded: String(text))))
  }

  @Test("A picture file is shown in its own proportions, also behind a cache of decoded samples")
  func proportions() throws {
    let source = try DataSource.open(Self.pictures, Preprocessing())
    let dataset = SampleCache(try #require(source.splits[.training]), budget: 1 << 20)
    let files = try #require(dataset.pictureFiles)
    let index = try #require((0..<dataset.count).first { dataset.name(at: $0) == "cat/000.png" })
    let original = size(ofPNG: try Data(contentsOf: URL(filePath: files.file(of: index))))
    let whole = try size(of: files.thumbnail(of: index, side: 1000))
    #expect(whole == original)
    let small = try size(of: files.thumbnail(of: index, side: 20))
    #expect(max(small.width, small.height) == 20)
    let expected = Double(original.width) / Double(original.height)
    #expect(abs(Double(small.width) / Double(small.height) - expected) < 0.06 * expected)
  }

  @Test("Samples that are no picture files have none")
  func digits() throws {
    let source = try DataSource.open(Fixtures.samples + "/digits", Preprocessing())
    #expect(source.splits[.training]?.pictureFiles == nil)
  }
}

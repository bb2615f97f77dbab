import TestSupport
import Testing
import WhiskerData

/// Formats that are not read, before anything is.
@Suite struct ForeignFilesTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(flatPNG(1), to: "cat/1.png")
    try folder.write(flatPNG(2), to: "dog/picture")
  }

  private func notes() throws -> [String] {
    try DataSource.open(folder.path, Preprocessing(height: 2, width: 2)).notes
  }

  @Test func picturesOfOtherFormatsAreCountedWithTheCommandThatConvertsThem() throws {
    #expect(try notes() == [])
    for number in 1...3 {
      try folder.write(
        [0, 0, 0, 24] + Array("ftypavif".utf8), to: "cat/\(number).\(number == 3 ? "AVIF" : "avif")")
    }
    try folder.write([0x49, 0x49, 42, 0, 8, 0], to: "dog/1.tif")
    try folder.write([0x4D, 0x4D, 0, 42, 0, 8], to: "dog/2.tiff")
    try folder.write([0, 0, 0, 24] + Array("ftypheic".utf8), to: "dog/3.heic")
    let find = "Convert with: find \(folder.path)"
    #expect(
      try notes() == [
        "3 AVIF images cannot be read, such as cat/1.avif. \(find) -iname '*.avif' -exec mogrify -format png {} +",
        "2 TIFF images cannot be read, such as dog/1.tif. \(find) \\( -iname '*.tif' -o -iname '*.tiff' \\) "
          + "-exec mogrify -format png {} +",
        "1 HEIC image cannot be read, such as dog/3.heic. \(find) -iname '*.heic' -exec mogrify -format png {} +",
      ])
  }

  @Test func filesThatAreNoPicturesAreCounted() throws {
    try folder.write(Array("my cats".utf8), to: "cat/notes.txt")
    try folder.write(Array("%PDF-1.7".utf8), to: "cat/paper.pdf")
    try folder.write(Array("%PDF-1.7".utf8), to: "dog/paper.pdf")
    #expect(
      try notes() == ["3 files are no pictures, such as cat/paper.pdf, which is a PDF document"])
  }
}

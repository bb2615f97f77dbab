import Foundation
import TestSupport
import Testing

/// The libraries as somebody else's package uses them.
@Suite struct LibraryTests {
  @Test("It reads a folder, trains, prints every epoch, and predicts")
  func exampleWorks() throws {
    let folder = try TemporaryFolder()
    var said: [String] = []
    let photos = Fixtures.samples + "/cats-dogs/train"
    try libraryExample(
      photos: photos, runs: folder.path("runs"), picture: photos + "/cat/000.png"
    ) { said.append($0) }
    #expect(said.count == 21)
    let epochs = said.dropLast().map { $0.prefix { $0 != ":" } }
    #expect(epochs == (1...20).map { "epoch \($0)" })
    #expect(said.last?.contains("/cat/000.png: cat, 0.") == true)
    #expect(FileManager.default.fileExists(atPath: folder.path("runs/train1/report.html")))
  }
}

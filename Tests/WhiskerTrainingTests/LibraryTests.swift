import Foundation
import TestSupport
import Testing

/// The libraries as somebody else's package uses them.
@Suite struct LibraryTests {
  private static let example = try? String(
    contentsOfFile: Fixtures.root + "/Tests/WhiskerTrainingTests/LibraryExample.swift", encoding: .utf8)
  private static let readme = try? String(contentsOfFile: Fixtures.root + "/README.md", encoding: .utf8)

  @Test("The README's page of Swift is the one that is compiled and run here")
  func readmeShowsTheExample() throws {
    let block = try #require(Self.readme?.components(separatedBy: "```swift\n").dropFirst().first)
    let shown = block.components(separatedBy: "```")[0]
      .replacing("\"photos\"", with: "photos").replacing("\"runs\"", with: "runs")
      .replacing("\"new.jpg\"", with: "picture")
      .split(separator: "\n").filter { !$0.hasPrefix("import ") }.map { "  " + $0 }
    let body = try #require(Self.example?.components(separatedBy: "throws {\n").last)
    #expect(shown == body.split(separator: "\n").dropLast().map(String.init))
    #expect(shown.count > 10)
  }

  @Test("It reads a folder, trains, tells every epoch, and predicts")
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

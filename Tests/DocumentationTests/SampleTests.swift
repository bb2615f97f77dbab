import Foundation
import TestSupport
import Testing

/// The Swift that the articles show.
@Suite struct SampleTests {
  private static let articles = "/Documentation/Whisker.docc/Articles"
  private static let examples = "/Tests/DocumentationTests/Examples"

  private static func texts(in folder: String) throws -> [(name: String, text: String)] {
    try FileManager.default.contentsOfDirectory(atPath: Fixtures.root + folder).sorted().map { name in
      (name, try String(contentsOfFile: "\(Fixtures.root)\(folder)/\(name)", encoding: .utf8))
    }
  }

  @Test("Every block of Swift is part of an example that is compiled and run here, or of the sources")
  func blocksAreCompiled() throws {
    let folders = [Self.examples, "/Sources/whisker/Commands", "/Sources/WhiskerInterchange/Export"]
    let compiled = try folders.flatMap(Self.texts).map(\.text)
    var count = 0
    for (name, text) in try Self.texts(in: Self.articles) {
      for part in text.components(separatedBy: "```swift\n").dropFirst() {
        let block = part.components(separatedBy: "```")[0]
        count += 1
        #expect(compiled.contains { $0.contains(block) }, "\(name):\n\(block)")
      }
    }
    #expect(count >= 8)
  }

  @Test("Every file and folder of the repository that an article names is there")
  func pathsExist() throws {
    var count = 0
    for (name, text) in try Self.texts(in: Self.articles) {
      for match in text.matches(of: #/(?:Sources|Tools|Tests|scripts|data)\/[A-Za-z0-9.\/_-]*[A-Za-z0-9]/#) {
        count += 1
        let path = "\(Fixtures.root)/\(match.output)"
        #expect(FileManager.default.fileExists(atPath: path), "\(match.output) in \(name)")
      }
    }
    #expect(count > 10)
  }
}

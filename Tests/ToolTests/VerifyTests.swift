import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct Verify {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("The sample sets have no problems", arguments: ["cats-dogs", "digits"])
    func samplesAreClean(name: String) async throws {
      let run = try await whisker("verify", Fixtures.samples + "/" + name, in: folder)
      #expect(run.status == 0, "\(run.story)")
      #expect(run.output.contains("no problems"))
    }

    @Test("An empty class is a fault, unless it is allowed")
    func emptyClasses() async throws {
      try SmallSets.makeFolder("set", classes: ["a", "b"], each: 4, in: folder)
      try FileManager.default.createDirectory(atPath: folder.path("set/c"), withIntermediateDirectories: true)
      let told = try await whisker("verify", "set", in: folder)
      #expect(told.status == 1 && told.output.contains("c (train)"), "\(told.story)")
      let allowed = try await whisker("verify", "set", "--allow-empty-classes", in: folder)
      #expect(allowed.status == 0 && allowed.output.contains("no problems"), "\(allowed.story)")
    }

    @Test("Problems are listed as text and as JSON, with exit status 1, and nothing is changed")
    func faultsAreTold() async throws {
      try SmallSets.makeFolder("set", classes: ["a", "b"], each: 4, in: folder)
      try FileManager.default.copyItem(
        atPath: folder.path("set/a/0.png"), toPath: folder.path("set/b/copy.png"))
      try folder.write(Array("notes".utf8), to: "set/a/notes.txt")
      let before = folder.contents()
      let text = try await whisker("verify", "set", in: folder)
      #expect(text.status == 1, "\(text.story)")
      #expect(text.output.contains("a/notes.txt: is a text file, not PNG, JPEG or WebP"))
      #expect(text.output.contains("a/0.png = b/copy.png"))
      let run = try await whisker("verify", "set", "--format", "json", in: folder)
      #expect(run.status == 1)
      let report = try jsonObject(run.output)
      let files = try #require(report["files"] as? [[String: Any]])
      #expect(files.count == 10)
      let unreadable = files.filter { $0["status"] as? String != "ok" }
      #expect(unreadable.map { $0["path"] as? String } == ["a/notes.txt"])
      #expect(unreadable.first?["reason"] as? String == "is a text file, not PNG, JPEG or WebP")
      #expect(folder.contents() == before)
    }
  }
}

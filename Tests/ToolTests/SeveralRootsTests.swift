import Foundation
import TestSupport
import Testing

extension ToolTests {
  /// Several datasets as one, and changes of classes.
  @Suite struct SeveralRoots {
    private let folder: TemporaryFolder
    private static let options = ["--epochs", "1", "--batch-size", "8"]

    init() throws {
      folder = try TemporaryFolder()
      try SmallSets.makeFolder("one", classes: ["cat", "dog"], each: 8, in: folder)
      try SmallSets.makeFolder("two", classes: ["bird", "dog"], each: 6, in: folder)
    }

    @discardableResult
    private func run(_ arguments: [String], status: Int32 = 0) async throws -> ToolRun.Result {
      let run = try await ToolRun(arguments, in: folder).finish()
      #expect(run.status == status, "\(run.story)")
      return run
    }

    @Test("Every command joins them, and a run resumes")
    func everywhere() async throws {
      let first = try await run(["train", "one", "two", "-o", "run"] + Self.options)
      #expect(first.output.contains("one, two: image folder, 3 classes, 28 pictures"), "\(first.story)")
      let files = RunFiles(folder, "run")
      let split = try files.rows("split.csv").dropFirst()
      #expect(split.count == 28 && split.contains { $0[0] == "two/bird/5.png" && $0[1] == "bird" })
      #expect(String(decoding: try files.bytes("report.html"), as: UTF8.self).contains("one, two"))
      try await run(["train", "one", "two", "-o", "cached", "--cache", "c.safetensors"] + Self.options)
      let best = "weights/best.safetensors"
      #expect(try RunFiles(folder, "cached").bytes(best) == files.bytes(best))
      try await run(["train", "--resume", "run", "--epochs", "2"])
      try await run(["train", "one", "two", "-o", "whole", "--epochs", "2", "--batch-size", "8"])
      #expect(try RunFiles(folder, "whole").bytes(best) == files.bytes(best))
      let measured = try await run(["evaluate", "run", "one", "two", "--format", "json"])
      #expect(try jsonObject(measured.output)["count"] as? Int == split.count { $0[2] == "validation" })
      #expect(try await run(["verify", "one", "two"], status: 1).output.contains("one/"))
      #expect(try await run(["inspect", "one", "two"]).output.contains("bird 6, cat 8, dog 14"))
      try await run(["preprocess", "one", "two", "-o", "all.safetensors"])
      try await run(["sweep", "one", "two", "--dropout", "0,0.5", "--seeds", "2"] + Self.options)
    }

    @Test("A change of one of them stops a resumed run; datasets that moved are named again, all of them")
    func resumed() async throws {
      try await run(["train", "one", "two", "-o", "run"] + Self.options)
      let resume = ["train", "--resume", "run", "--epochs", "2"]
      let fewer = try await run(resume + ["one"], status: 2)
      #expect(fewer.errors.contains("trained on 2 datasets"), "\(fewer.story)")
      try FileManager.default.createDirectory(atPath: folder.path("new"), withIntermediateDirectories: false)
      for name in ["one", "two"] {
        try FileManager.default.moveItem(atPath: folder.path(name), toPath: folder.path("new/\(name)"))
      }
      try await run(resume + ["new/one", "new/two"])
      try folder.write(SmallSets.picture(9, 9), to: "new/two/dog/new.png")
      let changed = try await run(["train", "--resume", "run", "--epochs", "3"], status: 1)
      #expect(changed.errors.contains("two/dog/new.png is new"), "\(changed.story)")
    }

    @Test("Changed classes are part of the run, and other commands take them too")
    func classes() async throws {
      try folder.write(Array("cat,pet\ndog,pet\n".utf8), to: "changes.csv")
      let changes = ["--classes", "changes.csv"]
      let result = try await run(["train", "one", "two", "-o", "run"] + changes + Self.options)
      #expect(result.output.contains("pet joins cat, dog"), "\(result.story)")
      // The run keeps the changes, not the file.
      try folder.write(Array("cat,other\n".utf8), to: "changes.csv")
      try await run(["train", "--resume", "run", "--epochs", "2"])
      try folder.write(Array("cat,pet\ndog,pet\n".utf8), to: "changes.csv")
      let measured = try await run(["evaluate", "run", "one", "two", "--format", "json"] + changes)
      #expect(try jsonObject(measured.output)["classes"] != nil)
      #expect(try await run(["inspect", "one", "two"] + changes).output.contains("bird 6, pet 22"))
      try folder.write(Array("dgo,\n".utf8), to: "changes.csv")
      let unknown = try await run(["inspect", "one"] + changes, status: 1)
      #expect(unknown.errors.contains("has no class dgo, which --classes changes. Is dog meant?"))
      let resumed = try await run(["train", "--resume", "run", "--epochs", "3"] + changes, status: 2)
      #expect(resumed.errors.contains("--classes cannot be combined with --resume"))
    }
  }
}

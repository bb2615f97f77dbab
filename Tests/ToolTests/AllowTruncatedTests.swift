import Foundation
import SampleImages
import TestSupport
import Testing

extension ToolTests {
  @Suite struct AllowTruncated {
    private let folder: TemporaryFolder
    /// Pictures with most of their data, and one without any.
    private let cut = ["a/baseline.jpg", "a/interlaced.png", "b/plain.png", "b/progressive.jpg"]
    private let hopeless = "b/header.png"

    init() throws {
      folder = try TemporaryFolder()
      try SmallSets.makeFolder("set", classes: ["a", "b"], in: folder)
      for name in cut {
        let bytes =
          name.hasSuffix("png")
          ? try png(interlaced: name.contains("inter")) : try jpeg(name.contains("prog"))
        try folder.write(Array(bytes.prefix(bytes.count * 3 / 4)), to: "set/\(name)")
      }
      try folder.write(Array(try png(interlaced: false).prefix(40)), to: "set/\(hopeless)")
    }

    private func png(interlaced: Bool) throws -> [UInt8] {
      try encodePNG(
        width: 40, height: 40, samples: (0..<1600).map { UInt16($0 * $0 % 251) },
        options: .init(colorType: .gray, interlaced: interlaced))
    }

    private func jpeg(_ progressive: Bool) throws -> [UInt8] {
      try encodeJPEG(
        width: 64, height: 64, pixels: (0..<4096).map { UInt8($0 * 37 % 251) },
        options: .init(storage: .gray, progressive: progressive))
    }

    @Test("verify lists truncated pictures; with --allow-truncated only those without a single row")
    func verify() async throws {
      for (options, bad) in [([], cut + [hopeless]), (["--allow-truncated"], [hopeless])] {
        let run = try await ToolRun(["verify", "set", "--format", "json"] + options, in: folder).finish()
        #expect(run.status == 1)
        let files = try #require(try jsonObject(run.output)["files"] as? [[String: Any]])
        let unreadable = files.filter { $0["status"] as? String != "ok" }
        #expect(unreadable.compactMap { $0["path"] as? String } == bad.sorted(), "\(run.story)")
        #expect(unreadable.allSatisfy { ($0["reason"] as? String)?.hasPrefix("is cut short") == true })
      }
    }

    @Test("train and evaluate skip what is cut short, and count it in with --allow-truncated")
    func trainAndEvaluate() async throws {
      for (name, options, bad) in [
        ("strict", [], cut + [hopeless]), ("lenient", ["--allow-truncated"], [hopeless]),
      ] {
        let arguments = ["train", "set", "--epochs", "1", "-o", name] + options
        let training = try await ToolRun(arguments, in: folder).finish()
        #expect(training.status == 0, "\(training.story)")
        let skipped = try RunFiles(folder, name).json("metrics.json")["skipped"] as? [[String: String]]
        #expect(skipped?.compactMap { $0["path"] }.sorted() == bad.sorted(), "\(training.story)")
        let evaluation = try await ToolRun(
          ["evaluate", name, "set", "--split", "all", "--format", "json"] + options, in: folder
        ).finish()
        let report = try jsonObject(evaluation.output)
        #expect(report["count"] as? Int == 24 + 5 - bad.count, "\(evaluation.story)")
      }
    }

    @Test("predict gives an error for what is cut short, and an answer with --allow-truncated")
    func predict() async throws {
      try await whisker("train", "set", "--epochs", "1", "-o", "run", in: folder)
      let paths = cut.map { "set/\($0)" }
      let strict = try await ToolRun(["predict", "run"] + paths, in: folder).finish()
      #expect(strict.status == 1)
      #expect(strict.lines.count { $0.contains("error   is cut short") } == 4, "\(strict.story)")
      let lenient = try await ToolRun(["predict", "run", "--allow-truncated"] + paths, in: folder).finish()
      #expect(lenient.status == 0, "\(lenient.story)")
      #expect(!lenient.output.contains("error"))
    }
  }
}

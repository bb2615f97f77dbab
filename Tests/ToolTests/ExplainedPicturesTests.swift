import Foundation
import SampleImages
import TestSupport
import Testing

extension ToolTests {
  /// What heat maps show, and where they are shown.
  @Suite struct ExplainedPictures {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ arguments: String...) async throws { try await run(arguments) }

    private func run(_ arguments: [String]) async throws {
      let run = try await ToolRun(arguments, in: folder).finish()
      #expect(run.status == 0, "\(run.story)")
    }

    private func expectSelfContained(_ page: WebPage) {
      #expect(page.references.allSatisfy { $0.hasPrefix("data:image/png;base64,") })
    }

    private func records(_ name: String) throws -> [[String: Any]] {
      try String(contentsOfFile: folder.path("\(name)/heatmaps.jsonl"), encoding: .utf8)
        .split(separator: "\n").map { try jsonObject(String($0)) }
    }

    /// Pictures of noise, in which a class has a bright disc at some place.
    private func makeDiscs(_ name: String, count: Int) throws -> [String: (x: Double, y: Double)] {
      var places: [String: (x: Double, y: Double)] = [:]
      for number in 0..<count {
        let (x, y) = (8 + number * 7 % 25, 8 + number * 11 % 25)
        for (label, isThere) in [("disc", true), ("none", false)] {
          let samples = (0..<40 * 40).map { place -> UInt16 in
            let (dx, dy) = (place % 40 - x, place / 40 - y)
            let noise = UInt16((place * 7919 + number * 104_729 + place / 3 * 31) % 97)
            return isThere && dx * dx + dy * dy < 25 ? 230 : noise
          }
          let png = try encodePNG(width: 40, height: 40, samples: samples, options: .init(colorType: .gray))
          try folder.write(png, to: "\(name)/\(label)/\(number).png")
        }
        places["\(name)/disc/\(number).png"] = (Double(x) / 40, Double(y) / 40)
      }
      return places
    }

    @Test(
      "The map of a class is brightest where the thing is that the class is about, and not that of another")
    func looksAtTheThing() async throws {
      _ = try makeDiscs("data", count: 60)
      let places = try makeDiscs("new", count: 24)
      try await run(
        "train", "data", "--network", "digits", "--image-size", "40", "--epochs", "6", "--batch-size", "8",
        "--seed", "1", "-o", "discs")
      for (name, isThere) in [("disc", true), ("none", false)] {
        try await run("explain", "discs", "new/disc", "-o", name, "--class", name)
        let hits = try records(name).count { record in
          guard let path = record["path"] as? String, let place = places[path],
            let values = record["values"] as? [Double], let width = record["width"] as? Int,
            let brightest = values.indices.max(by: { values[$0] < values[$1] })
          else { return false }
          let (x, y) = (Double(brightest % width) + 0.5, Double(brightest / width) + 0.5)
          return abs(x / Double(width) - place.x) < 0.2 && abs(y / Double(width) - place.y) < 0.2
        }
        #expect(isThere ? hits >= 22 : hits <= 6, "\(name): \(hits) of 24")
      }
    }

    @Test("The reports of a run and of an evaluation show maps beside the mistakes")
    func reports() async throws {
      let pets = Fixtures.samples + "/cats-dogs"
      try await run("train", pets, "--epochs", "1", "-o", "pets")
      try await run("evaluate", "pets", pets, "--split", "val", "--report", "held-out.html")
      for path in ["pets/report.html", "held-out.html"] {
        let page = try WebPage(folder, path)
        expectSelfContained(page)
        #expect(page.text.contains("what speaks for the predicted class by Grad-CAM"))
        #expect(page.source.contains("pictures large pairs"))
      }
      try folder.write(
        Array(#"{"layers": [{"type": "flatten"}, {"type": "dense"}]}"#.utf8), to: "dense.json")
      try await run("train", pets, "--epochs", "1", "-o", "dense", "--network", "dense.json")
      let page = try WebPage(folder, "dense/report.html")
      #expect(page.text.contains("Most confident mistakes") && !page.text.contains("Grad-CAM"))
    }

    @Test("The pages of folds and of ensembles show the maps of the model that classified the picture")
    func jointReports() async throws {
      let pets = Fixtures.samples + "/cats-dogs"
      try await run("train", pets + "/train", "--folds", "3", "--epochs", "1", "-o", "folds")
      try await run("train", pets, "--seeds", "2", "--ensemble", "--epochs", "1", "-o", "seeds")
      try await run("evaluate", "seeds", pets, "--split", "val", "--report", "held-out.html")
      for (path, others) in [
        ("folds", (1...3).map { "folds/fold\($0)/report.html" }), ("seeds", ["held-out.html"]),
      ] {
        let page = try WebPage(folder, path + "/report.html")
        expectSelfContained(page)
        #expect(page.text.contains("what speaks for the predicted class by Grad-CAM"))
        // The same pictures are drawn for the models alone.
        let drawn = Set(try others.flatMap { try WebPage(folder, $0).references })
        #expect(page.references.count > 24 && drawn.isSuperset(of: page.references))
      }
    }

    @Test("The report of a training on a backbone's features shows maps of the whole network")
    func backbone() async throws {
      try SmallBackbone.prepare(folder)
      try await run(SmallBackbone.training())
      // The labels do not depend on the pictures, so that there are mistakes.
      for number in 12..<20 {
        try FileManager.default.moveItem(
          atPath: folder.path("data/a/\(number).png"), toPath: folder.path("data/b/a\(number).png"))
      }
      try await run("train", "data", "-o", "head", "--backbone", "backbone", "--epochs", "3")
      #expect(try WebPage(folder, "head/report.html").text.contains("by Grad-CAM"))
      try await run("explain", "head", "data/b/3.png", "-o", "maps")
      #expect(try records("maps")[0]["height"] as? Int == 9)
    }
  }
}

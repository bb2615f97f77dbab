import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct Report {
    private let folder: TemporaryFolder
    private let pets = Fixtures.samples + "/cats-dogs"

    init() throws { folder = try TemporaryFolder() }

    @Test("The report of a run agrees with its other files")
    func agreesWithTheRun() async throws {
      let run = try await whisker("train", pets, "--epochs", "3", "--seed", "4", in: folder)
      #expect(run.lines.contains("Report    runs/train1/report.html"), "\(run.story)")
      let (page, files) = (try WebPage(folder), RunFiles(folder))
      let metrics = try files.json("metrics.json")
      let best = try #require(metrics["best"] as? [String: Any])
      let accuracy = try #require(best["val_accuracy"] as? Double)
      let loss = try #require(best["val_loss"] as? Double)
      #expect(
        page.words["h1"] == [
          String(
            format: "The model classifies %.1f\u{A0}%% of 80 validation pictures correctly (cat or dog).",
            100 * accuracy)
        ]
          || page.text.contains("no better than guessing"))
      #expect(page.text.contains(String(format: "with a validation loss of %.4f", loss)))
      for row in try files.rows("results.csv").dropFirst() {
        let shown = try #require(page.row(row[0]))
        for (text, figure) in zip(shown[1...4], row[1...4]) {
          #expect(abs(try #require(Double(text)) - (try #require(Double(figure)))) <= 0.00005001)
        }
      }
      for counts in try #require(metrics["classes"] as? [[String: Any]]) {
        let name = try #require(counts["name"] as? String)
        let shown = page.rows.filter { $0.first == name }.map { $0.dropFirst().filter { !$0.isEmpty } }
        #expect(
          shown.contains { $0 == ["\(counts["training"] ?? 0)", "\(counts["validation"] ?? 0)"] }, "\(shown)")
      }
      #expect(page.words["code"]?.contains("whisker train \(pets) --epochs 3 --seed 4") == true)
    }

    @Test("The confusion matrix and the scores are those that evaluate prints for the best weights")
    func agreesWithEvaluate() async throws {
      try await whisker("train", pets, "--epochs", "3", in: folder)
      let run = try await whisker(
        "evaluate", "runs/train1", pets, "--split", "val", "--format", "json", in: folder)
      let evaluation = try jsonObject(run.output)
      let page = try WebPage(folder)
      try expectScores(page, evaluation)
    }

    @Test("Nothing in the page leads anywhere, and nothing in it runs")
    func isSelfContained() async throws {
      try await whisker("train", pets, "--epochs", "1", in: folder)
      let page = try WebPage(folder)
      try expectSelfContained(page)
      // Mistakes, doubts and filters are pictures.
      #expect(page.references.count > 12)
    }

    @Test("Names of files and classes stay names, whatever they look like")
    func hostileNames() async throws {
      let hostile = [
        #"<script>alert(1)<\script>"#, "a&amp;b\"'><img src=x onerror=alert(2)>", "c\u{1B}[31m\u{202E}d",
      ]
      try SmallSets.makeFolder("names", classes: hostile, each: 8, in: folder)
      try folder.write([1, 2, 3], to: "names/\(hostile[0])/<b>bad\n&\"'.png")
      let run = try await whisker("train", "names", "--epochs", "1", "-o", "<i>run&", in: folder)
      #expect(run.status == 0, "\(run.story)")
      let page = try WebPage(folder, "<i>run&/report.html")
      try expectSelfContained(page)
      #expect(page.text.contains(hostile[0]) && page.text.contains(hostile[1]))
      #expect(page.text.contains(#"c\x1b[31m\xe2\x80\xaed"#))
      #expect(page.text.contains(#"/<b>bad\x0a&"'.png"#))
      #expect(
        !page.source.unicodeScalars.contains {
          $0.properties.generalCategory == .format || ($0.value < 32 && $0 != "\n")
        })
    }

    @Test("A thousand classes make a page of bounded size, which says what it leaves out")
    func thousandClasses() async throws {
      // Files of two thousand pictures take a while to write; names of four do not.
      let pictures = try (0..<4).map {
        try folder.write(SmallSets.picture(UInt16(30 + 40 * $0), $0), to: "\($0).png")
      }
      for number in 0..<1000 {
        let path = folder.path("many/c\(1000 + number)")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for copy in 0..<2 { #expect(link(pictures[(number + copy) % 4], "\(path)/\(copy).png") == 0) }
      }
      let run = try await whisker(
        "train", "many", "--epochs", "1", "--validation-split", "0.5", "--dropout", "0", in: folder)
      #expect(run.status == 0, "\(run.story)")
      let page = try WebPage(folder)
      try expectSelfContained(page)
      #expect(page.source.utf8.count < 250_000)
      for words in [
        "A matrix of 1,000 classes is too large", "The 40 of 1,000 classes with the lowest F1",
        "of 1,000 classes",
      ] {
        #expect(page.text.contains(words), "\(words)")
      }
    }

    @Test("Without validation pictures the page says so, and what to do")
    func noValidation() async throws {
      try await whisker("train", pets + "/train", "--epochs", "2", "--validation-split", "0", in: folder)
      let page = try WebPage(folder)
      try expectSelfContained(page)
      #expect(page.text.contains("No pictures were held back"))
      #expect(page.text.contains("whisker evaluate --report report.html runs/train1 DATA"))
    }

    @Test("The report of a resumed run has both commands, every epoch, and the best weights of before")
    func resumed() async throws {
      let options = ["train", pets, "--epochs", "2", "--learning-rate", "0.02"]
      _ = try await ToolRun(options, in: folder).finish()
      let resumed = try await whisker("train", "--resume", "runs/train1", "--epochs", "4", in: folder)
      #expect(resumed.status == 0, "\(resumed.story)")
      let page = try WebPage(folder)
      #expect(page.words["code"]?.filter { $0.hasPrefix("whisker train") }.count == 2)
      #expect((1...4).allSatisfy { page.row("\($0)") != nil })
      let run = try await whisker(
        "evaluate", "runs/train1", pets, "--split", "val", "--format", "json", in: folder)
      try expectScores(page, try jsonObject(run.output))
    }

    @Test("Files that cannot be read are listed with the reason")
    func skippedFiles() async throws {
      try SmallSets.makeFolder("two", classes: ["dark", "light"], in: folder)
      try folder.write([], to: "two/dark/empty.png")
      let run = try await whisker("train", "two", "--epochs", "1", in: folder)
      #expect(run.status == 0, "\(run.story)")
      let page = try WebPage(folder)
      let skipped = try #require(try RunFiles(folder).json("metrics.json")["skipped"] as? [[String: String]])
      #expect(skipped.count == 1)
      #expect(page.row("dark/empty.png")?[1] == skipped[0]["reason"])
    }

    @Test(
      "evaluate --report writes a page with the figures that it prints, and the mistakes whatever --worst says"
    )
    func evaluate() async throws {
      try await whisker("train", pets, "--epochs", "2", in: folder)
      let options = [
        "evaluate", "runs/train1", pets, "--format", "json", "--worst", "0", "--report", "pages/test.html",
      ]
      let run = try await ToolRun(options, in: folder).finish()
      #expect(run.status == 0, "\(run.story)")
      let (page, evaluation) = (try WebPage(folder, "pages/test.html"), try jsonObject(run.output))
      try expectSelfContained(page)
      try expectScores(page, evaluation)
      let (accuracy, loss) = (evaluation["accuracy"] as? Double, evaluation["loss"] as? Double)
      let shown = page.words["dd"] ?? []
      #expect(shown.contains(String(format: "%.1f %%", 100 * (accuracy ?? -1))))
      #expect(shown.contains(String(format: "%.4f", loss ?? -1)))
      #expect(page.words["figcaption"]?.count ?? 0 > 12)
      #expect(page.words["code"] == ["whisker " + options.joined(separator: " ")])
    }

    @Test("A page that cannot be written is named, and what was there stays")
    func reportThatCannotBeWritten() async throws {
      try await whisker("train", pets, "--epochs", "1", in: folder)
      try folder.write([1], to: "file")
      let run = try await whisker("evaluate", "runs/train1", pets, "--report", "file/page.html", in: folder)
      #expect(run.status == 1 && run.errors.contains("file"), "\(run.story)")
      let nameless = try await whisker("evaluate", "runs/train1", pets, "--report", "", in: folder)
      #expect(nameless.status == 2 && nameless.errors.contains("--report"), "\(nameless.story)")
    }

    private func expectSelfContained(_ page: WebPage) throws {
      #expect(page.references.allSatisfy { $0.hasPrefix("data:image/png;base64,") })
      #expect(
        page.elements.isDisjoint(with: ["script", "link", "iframe", "object", "embed", "base", "form", "a"]))
      let style = try #require(page.words["style"]?.first)
      for word in ["url(", "@import", "http"] { #expect(!style.contains(word)) }
    }

    /// The page has the confusion matrix and the scores of an evaluation's JSON.
    private func expectScores(_ page: WebPage, _ evaluation: [String: Any]) throws {
      let confusion = try #require(evaluation["confusion"] as? [[Int]])
      let scores = try #require(evaluation["per_class"] as? [[String: Any]])
      for (counts, score) in zip(confusion, scores) {
        let name = try #require(score["class"] as? String)
        let rows = page.rows.filter { $0.first == name }.map { Array($0.dropFirst()) }
        #expect(rows.contains { Array($0.prefix(counts.count)) == counts.map(String.init) }, "\(rows)")
        let figures = ["precision", "recall", "f1"].map { String(format: "%.3f", score[$0] as? Double ?? -1) }
        #expect(rows.contains { $0 == figures + ["\(score["support"] ?? 0)"] }, "\(rows)")
      }
    }
  }
}

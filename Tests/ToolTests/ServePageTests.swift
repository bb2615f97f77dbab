import Foundation
import TestSupport
import Testing

extension ToolTests {
  /// The page to drop pictures on, and the examples of the article.
  @Suite struct ServePage {
    private let folder: TemporaryFolder
    private let pets = Fixtures.samples + "/cats-dogs"

    init() throws { folder = try TemporaryFolder() }

    @Test("The page loads nothing from elsewhere, and its policy forbids it")
    func selfContained() async throws {
      try await ServerRun.train(in: folder)
      let server = try await ServerRun(in: folder)
      let page = try server.ask()
      #expect(page.status == 200 && page.headers.contains("Content-Security-Policy: default-src 'none'"))
      #expect(page.headers.contains("Content-Type: text/html"))
      let references = page.body.matches(of: #/(?:src|href)="([^"]*)"/#).map { String($0.1) }
      #expect(references == ["data:,", "page.css", "page.js"])
      for name in references.dropFirst() {
        let file = try server.ask(name)
        #expect(file.status == 200 && !file.body.contains("http"), "\(file.text)")
      }
    }

    @Test(
      "In a browser, on a phone and a desktop, chosen pictures get their predictions and other files an error",
      .enabled(if: Chromium.program != nil, "there is no Chromium: apt-get install chromium"),
      arguments: [390, 1280])
    func browser(width: Int) async throws {
      try await ServerRun.train(in: folder)
      let server = try await ServerRun(in: folder)
      let page = try BrowserPage(server.address, width: width, in: folder)
      try await page.wait("document.querySelector('#files') !== null") { $0 == "true" }
      let picture = try Data(contentsOf: URL(filePath: pets + "/test/cat/000.png")).base64EncodedString()
      let predicted = try await whisker(
        "predict", "runs/train1", pets + "/test/cat/000.png", "--format", "json", in: folder)
      let label = try #require(predicted.output.firstMatch(of: #/"label":"(\w+)"/#)).1
      _ = try page.evaluate(
        """
        (() => {
          const bytes = Uint8Array.from(atob("\(picture)"), letter => letter.charCodeAt(0));
          const transfer = new DataTransfer();
          transfer.items.add(new File([bytes], "a cat.png", {type: "image/png"}));
          transfer.items.add(new File(["no picture"], "<b>text.txt"));
          document.dispatchEvent(new DragEvent("drop", {dataTransfer: transfer}));
        })()
        """)
      try await page.wait("document.querySelectorAll('.answer, .error').length") { $0 == "2" }
      #expect(try page.evaluate("document.querySelector('.answer').textContent") == label)
      #expect(try page.evaluate("document.querySelector('.error').textContent").contains("not"))
      #expect(
        try page.evaluate("[...document.querySelectorAll('.name')].map(x => x.textContent).sort().join()")
          == "<b>text.txt,a cat.png")
      #expect(try page.evaluate("document.querySelector('[role=status]').textContent") == "2 pictures")
      #expect(try page.evaluate("document.querySelector('img').naturalWidth > 0") == "true")
      // Nothing is wider than the window.
      #expect(try page.evaluate("document.documentElement.scrollWidth <= innerWidth") == "true")
    }

    @Test("The article's examples in curl and Python work")
    func examples() async throws {
      try await ServerRun.train(in: folder)
      let files = FileManager.default
      try files.copyItem(atPath: pets + "/train", toPath: folder.path("photos"))
      try files.copyItem(atPath: folder.path("photos/cat/000.png"), toPath: folder.path("new.jpg"))
      let server = try await ServerRun(in: folder)
      let article = try String(
        contentsOfFile: Fixtures.root + "/Documentation/Whisker.docc/Articles/Serving.md", encoding: .utf8)
      func block(_ language: String) throws -> String {
        let parts = article.components(separatedBy: "```\(language)\n")
        return try #require(parts.dropFirst().first?.components(separatedBy: "```").first)
          .replacing("http://127.0.0.1:8000/", with: server.address)
      }
      let predicted = try await whisker("predict", "runs/train1", "new.jpg", "--format", "json", in: folder)
      let shell = try await ToolRun(
        ["-euc", "export no_proxy='*'; " + block("bash")], in: folder, program: URL(filePath: "/bin/bash")
      ).finish()
      #expect(shell.status == 0, "\(shell.story)")
      #expect(
        shell.lines.first == predicted.lines.first?.replacing("new.jpg", with: "picture"), "\(shell.story)")
      #expect(
        shell.output.contains("\"path\":\"001.png\"") && shell.output.contains("\"top\":["), "\(shell.story)")
      let python = try await ToolRun(
        ["-c", block("python")], in: folder, environment: ["no_proxy": "*"],
        program: URL(filePath: "/usr/bin/python3")
      ).finish()
      let probability = try #require(predicted.output.firstMatch(of: #/"probability":([\d.]+)/#)).1
      #expect(python.status == 0 && python.output.contains(probability), "\(python.story)")
    }
  }
}

import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite(.enabled(if: Chromium.program != nil, "there is no Chromium: apt-get install chromium"))
  struct ReportInBrowser {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("On a phone and on a desk the page is as wide as the screen, and every picture shows")
    func fits() async throws {
      let long = String(repeating: "averylongname", count: 15)
      try SmallSets.makeFolder("set", classes: ["dark", long, "light", "some words in a row"], in: folder)
      let run = try await whisker("train", "set", "--epochs", "2", in: folder)
      #expect(run.status == 0, "\(run.story)")
      for width in [360, 1280] {
        let story = try measure("runs/train1/report.html", width: width)
        #expect(story.contains("width \(width) of \(width);"), "\(story.prefix(500))")
        #expect(story.contains(" 0 broken;"), "\(story.prefix(500))")
        #expect(story.contains("dark 4"), "\(story.prefix(500))")
      }
    }

    @Test("What the classes are called runs nothing and loads nothing")
    func runsNothing() async throws {
      let hostile = [#"<img src=x onerror=document.title=1>"#, "<script>document.title=2<\\script>"]
      try SmallSets.makeFolder("set", classes: hostile, in: folder)
      try await whisker("train", "set", "--epochs", "1", in: folder)
      let page = try Chromium.document("file://" + folder.path("runs/train1/report.html"), in: folder)
      #expect(page.contains("runs/train1</title>"))
      #expect(!page.contains("<script"))
    }

    /// Looks at a page through a frame of a width, and tells what it sees: of itself, a headless window is never narrow.
    private func measure(_ page: String, width: Int) throws -> String {
      let watcher = """
        <iframe id="page" width="\(width)" height="900" style="border:0" src="\(page)"></iframe><p id="story"></p>
        <script>
        addEventListener("load", () => {
          const page = document.getElementById("page").contentDocument;
          const images = [...page.images];
          document.getElementById("story").textContent =
            `width ${page.documentElement.scrollWidth} of ${page.documentElement.clientWidth}; ${images.length} pictures, ` +
            `${images.filter(image => !image.naturalWidth).length} broken; dark ${page.querySelectorAll(".matrix tbody tr").length}`;
        });
        </script>
        """
      let path = try folder.write(Array(watcher.utf8), to: "watcher\(width).html")
      return try Chromium.document("file://" + path, in: folder).components(separatedBy: "id=\"story\">").last
        ?? ""
    }
  }
}

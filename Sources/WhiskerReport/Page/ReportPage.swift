import WhiskerTraining
import WhiskerCore

/// A report as a single HTML file for screens of any width and for print, without scripts, links or external resources.
struct ReportPage {
  /// A figure at the top of the page.
  struct Figure {
    let name: String
    let value: String
    var note = ""
  }

  /// The title of the browser's tab.
  let title: String
  /// The line above the verdict: the subject of the page.
  let subject: HTML
  /// The headline, one sentence.
  let verdict: HTML
  /// The paragraphs below the headline.
  let remarks: [HTML]
  /// The progress, 0 to 1; nil at the end.
  var progress: Double?
  let figures: [Figure]
  let sections: [ReportSection]

  /// A content security policy that forbids scripts and external resources.
  static let policy =
    #"<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"/>"#

  /// The whole file.
  var text: String {
    let page: HTML = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8"/>
      \(HTML(markup: Self.policy))
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/>
      <meta name="generator" content="Whisker \(Version.current)"/>
      <title>\(title)</title>
      <style>
      \(HTML(markup: ReportStyle.text))</style>
      </head>
      <body>
      <main>
      <header>
      <p class="subject">\(subject)</p>
      <h1>\(verdict)</h1>
      \(remarks.map { "<p class=\"remark\">\($0)</p>\n" })\(bar)</header>
      <dl class="figures">
      \(figures.map(figure))</dl>
      \(sections.map(\.html))<footer>Whisker \(Version.current)</footer>
      </main>
      </body>
      </html>

      """
    return page.text
  }

  private var bar: HTML {
    guard let progress else { return "" }
    let share = percent(progress)
    return
      "<div class=\"progress\" role=\"img\" aria-label=\"\(share) done\"><i style=\"width:\(progress * 100)%\"></i></div>\n"
  }

  private func figure(_ figure: Figure) -> HTML {
    "<div><dt>\(figure.name)</dt><dd>\(figure.value)</dd><dd class=\"note\">\(figure.note)</dd></div>\n"
  }
}

/// A section of a page.
struct ReportSection {
  let title: String
  /// The explanation below the heading.
  var note: HTML = ""
  /// Whether it takes half the width of a wide screen.
  var isHalf = false
  let body: HTML

  var html: HTML {
    """
    <section\(when(isHalf, " class=\"half\""))>
    <h2>\(title)</h2>
    \(when(!note.isEmpty, "<p class=\"note\">\(note)</p>\n"))\(body)
    </section>

    """
  }
}

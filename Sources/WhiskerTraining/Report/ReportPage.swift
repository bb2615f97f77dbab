import WhiskerTensor

/// A page in one file, to look at on a screen of any width and on paper: no script runs in it, and nothing in it leads
/// anywhere else.
struct ReportPage {
  /// A number that is told at the top.
  struct Figure {
    let name: String
    let value: String
    var note = ""
  }

  /// What the browser's tab says.
  let title: String
  /// What the page is about, above the verdict.
  let subject: HTML
  /// One sentence.
  let verdict: HTML
  /// What else is worth knowing first, a paragraph each.
  let remarks: [HTML]
  /// How far it has come, 0 to 1; nil for what is done.
  var progress: Double?
  let figures: [Figure]
  let sections: [ReportSection]

  /// Tells the browser to load and run nothing, in case something should look as if it wanted to.
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

/// A part of a page under a heading.
struct ReportSection {
  let title: String
  /// What there is to know about it, below the heading.
  var note: HTML = ""
  /// Whether it takes half of a wide screen.
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

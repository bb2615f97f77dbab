import WhiskerCore
import WhiskerData
import WhiskerTraining

/// The page of an audit: the pictures that were found, copies beside their originals.
public struct AuditReport {
  private let audit: Audit
  private let command: [String]

  /// The pictures of a problem that are shown.
  private static let shown = 40
  /// The longest side of a picture as it is embedded, in pixels.
  private static let side = 120

  /// The report of an audit.
  /// - Parameter command: The command line; empty for none.
  public init(_ audit: Audit, command: [String]) { (self.audit, self.command) = (audit, command) }

  /// Writes the page atomically.
  /// - Throws: `FileError` when it cannot be written.
  public func write(to path: String) throws { try AtomicFile.write(page.text, to: path) }

  private var page: ReportPage {
    let counts = AuditFinding.Problem.allCases.map { problem in
      audit.findings.count { $0.problem == problem }
    }
    let names = counted(audit.findings.count, "finding")
    return ReportPage(
      title: "Audit of \(audit.data)", subject: "<b>\(audit.data)</b>, \(counted(audit.count, "picture"))",
      verdict: audit.findings.isEmpty ? "Nothing to look at." : "\(names) to look at.",
      remarks: [
        "Mark pictures in the column <code>exclude</code> of <code>audit.csv</code>, and pass the file to <code>whisker train --exclude</code>."
      ],
      figures: zip(AuditFinding.Problem.allCases, counts).map { problem, count in
        .init(name: Self.words(problem).figure, value: grouped(count))
      },
      sections: AuditFinding.Problem.allCases.compactMap(section) + [origin])
  }

  private func section(_ problem: AuditFinding.Problem) -> ReportSection? {
    let findings = audit.findings.filter { $0.problem == problem }
    guard !findings.isEmpty else { return nil }
    let rest = findings.count - Self.shown
    let words = Self.words(problem)
    let isPair = findings[0].original != nil
    return ReportSection(
      title: words.title, note: words.note,
      body: """
        <div class="pictures large\(when(isPair, " pairs"))">
        \(findings.prefix(Self.shown).map(figure))</div>
        \(when(rest > 0, "<p class=\"rest\">And \(counted(rest, "other")), in audit.csv.</p>"))
        """)
  }

  private func figure(_ finding: AuditFinding) -> HTML {
    let pictures = [finding.picture] + (finding.original.map { [$0] } ?? [])
    let paths = pictures.map { "<span class=\"path\" title=\"\($0.name)\">\($0.name)</span>" as HTML }
    return """
      <figure><span class="frame">\(pictures.map(image))</span>\
      <figcaption>\(caption(finding))\(paths)</figcaption></figure>

      """
  }

  private func caption(_ finding: AuditFinding) -> HTML {
    let (label, details) = (audit.classNames[finding.picture.label], finding.picture.details)
    switch finding.problem {
    case .wrongLabel:
      let suggestion = finding.suggestion.map { audit.classNames[$0] } ?? ""
      return "<b>\(name(label))</b>, probably <b>\(name(suggestion))</b>"
    case .copy, .nearCopy:
      let original = finding.original.map { audit.classNames[$0.label] } ?? ""
      let splits: HTML = when(finding.crossesSplits, ", in two splits")
      return finding.crossesClasses
        ? "<b>\(name(label))</b> and <b>\(name(original))</b>\(splits)" : "<b>\(name(label))</b>\(splits)"
    case .outlier, .blank: return "<b>\(name(label))</b>"
    case .tiny: return "<b>\(name(label))</b>, \(details.width)x\(details.height) pixels"
    }
  }

  private func image(_ picture: AuditedPicture) -> HTML {
    guard let dataset = audit.datasets[picture.split] else { return "" }
    if let original = try? dataset.pictureFiles?.thumbnail(of: picture.index, side: Self.side) {
      return "<img class=\"photo\" alt=\"\" src=\"\(HTML(markup: original.dataURI))\"/>"
    }
    guard let pixels = try? dataset.sample(at: picture.index) else { return "" }
    return WhiskerReport.picture(Thumbnail(pixels, of: dataset.preprocessing).dataURI)
  }

  private var origin: ReportSection {
    let facts = FactList(facts: [
      ("Data", audit.data), ("Backbone", audit.backbone), ("Unreadable", grouped(audit.failures.count)),
      ("Not judged", audit.unjudged.isEmpty ? nil : audit.unjudged.joined(separator: ", ")),
    ])
    let commands = when(!command.isEmpty, "<pre><code>\(ShellWords(command).text)</code></pre>\n")
    return ReportSection(title: "Reproduce", body: commands + facts.html)
  }

  private static func words(_ problem: AuditFinding.Problem) -> (figure: String, title: String, note: HTML) {
    switch problem {
    case .wrongLabel:
      (
        "Labels", "Probably wrong labels",
        "Five heads, none of them trained on the picture, find another class more probable. The surest come first."
      )
    case .copy: ("Copies", "Copies", "Files with equal contents, those in two classes first.")
    case .nearCopy:
      (
        "Near-copies", "Near-copies",
        "Resized, recompressed, mirrored or slightly cropped, those in two classes first."
      )
    case .outlier: ("Outliers", "Outliers", "Pictures unlike all others.")
    case .blank: ("Blank", "Blank pictures", "Pictures with hardly any contrast.")
    case .tiny: ("Tiny", "Tiny pictures", "Pictures much smaller than the others.")
    }
  }
}

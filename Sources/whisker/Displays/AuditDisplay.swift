import WhiskerCore
import WhiskerTraining

/// The result of an audit in text.
struct AuditDisplay {
  private let audit: Audit
  private let files: AuditFiles?

  /// The number of findings of a problem that are listed.
  private static let shown = 20

  init(_ audit: Audit, files: AuditFiles?) { (self.audit, self.files) = (audit, files) }

  /// The text, line by line.
  var lines: [String] {
    var lines = [
      "Audited   \(counted(audit.count, "picture")) of \(counted(audit.classNames.count, "class", "classes"))"
    ]
    for problem in AuditFinding.Problem.allCases { lines += list(problem) }
    if audit.findings.isEmpty { lines.append("Result    nothing to look at") }
    if audit.backbone == nil {
      lines.append(
        "Note      wrong labels and outliers need features: add --backbone (see scripts/fetch-backbone)")
    }
    if !audit.unjudged.isEmpty {
      lines.append(
        "Note      the labels of \(audit.unjudged.joined(separator: ", ")) are not judged: fewer than "
          + "\(Audit.leastPictures) pictures")
    }
    if let files {
      lines.append("Wrote     \(files.folder): audit.csv, audit.json, audit.html")
      lines.append(
        "Next      mark pictures in the column exclude of audit.csv, then "
          + ShellWords(["whisker", "train", audit.data, "--exclude", files.table]).text)
    }
    return lines
  }

  private func list(_ problem: AuditFinding.Problem) -> [String] {
    let findings = audit.findings.filter { $0.problem == problem }
    guard !findings.isEmpty else { return [] }
    let (label, noun, plural) = Self.words(problem)
    let title = label + String(repeating: " ", count: max(1, Paragraph.labelWidth - label.count))
    let rest = findings.count - Self.shown
    let more = files == nil ? "all listed with --output or --format json" : "all listed in audit.csv"
    return [title + counted(findings.count, noun, plural)]
      + findings.prefix(Self.shown).map { "          \(text($0))" }
      + (rest > 0 ? ["          and \(counted(rest, "other")), \(more)"] : [])
  }

  private func text(_ finding: AuditFinding) -> String {
    let (path, details) = (finding.picture.name, finding.picture.details)
    switch finding.problem {
    case .wrongLabel:
      let suggestion = finding.suggestion.map { audit.classNames[$0] } ?? ""
      return
        "\(path): \(audit.classNames[finding.picture.label]), probably \(suggestion) (\(fixed(finding.score, 2)))"
    case .copy: return "\(path) = \(finding.original?.name ?? "")\(crossing(finding))"
    case .nearCopy:
      return "\(path) ~ \(finding.original?.name ?? "")\(crossing(finding)) (\(fixed(finding.score, 3)))"
    case .outlier: return "\(path) (\(fixed(finding.score, 3)))"
    case .blank: return "\(path): brightness varies by \(fixed(finding.score, 1)) gray levels"
    case .tiny: return "\(path): \(details.width)x\(details.height) pixels"
    }
  }

  private func crossing(_ finding: AuditFinding) -> String {
    let parts = [
      finding.crossesClasses ? "two classes" : nil, finding.crossesSplits ? "two splits" : nil,
    ].compactMap { $0 }
    return parts.isEmpty ? "" : ", in \(parts.joined(separator: " and "))"
  }

  private static func words(_ problem: AuditFinding.Problem) -> (label: String, noun: String, plural: String)
  {
    switch problem {
    case .wrongLabel:
      ("Labels", "picture is probably in the wrong class", "pictures are probably in the wrong class")
    case .copy: ("Copies", "picture equals an earlier one", "pictures equal an earlier one")
    case .nearCopy: ("Near", "near-copy of an earlier picture", "near-copies of earlier pictures")
    case .outlier: ("Outliers", "picture is unlike all others", "pictures are unlike all others")
    case .blank: ("Blank", "picture has hardly any contrast", "pictures have hardly any contrast")
    case .tiny:
      ("Tiny", "picture is much smaller than the others", "pictures are much smaller than the others")
    }
  }
}

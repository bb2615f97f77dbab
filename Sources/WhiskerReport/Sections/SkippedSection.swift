import WhiskerTraining
import WhiskerCore

/// The files that could not be read, with the reasons.
struct SkippedSection {
  let files: [(path: String, reason: String)]

  private static let filesShown = 50

  var section: ReportSection {
    ReportSection(
      title: "Skipped files", note: note,
      body: files.isEmpty ? "<p class=\"empty\">None.</p>" : table)
  }

  private var note: HTML {
    files.isEmpty
      ? ""
      : "\(counted(files.count, "file")) could not be read and \(files.count == 1 ? "was" : "were") skipped."
  }

  private var table: HTML {
    let rows = files.prefix(Self.filesShown).map { file -> HTML in
      "<tr><th scope=\"row\">\(name(file.path))</th><td>\(file.reason)</td></tr>\n"
    }
    let rest = files.count - rows.count
    return """
      <table class="wide"><thead><tr><th>file</th><th>reason</th></tr></thead>
      <tbody>
      \(Array(rows))</tbody></table>
      \(when(rest > 0, "<p class=\"rest\">And \(counted(rest, "other")).</p>"))
      """
  }
}

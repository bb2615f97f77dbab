import WhiskerCore
import WhiskerReport
import WhiskerTraining

/// The files of an audit in a folder.
struct AuditFiles {
  let folder: String
  let overwrites: Bool

  var table: String { "\(folder)/audit.csv" }
  private var document: String { "\(folder)/audit.json" }
  var page: String { "\(folder)/audit.html" }

  /// - Throws: `FileError` for files that exist and may not be replaced, or would become part of the dataset.
  func check(isOutside data: String) throws {
    for path in [table, document, page] {
      let file = OutputFile(path, overwrites: overwrites)
      try file.check()
      try file.check(isOutside: data)
    }
  }

  /// Writes all files.
  /// - Throws: `FileError` when one cannot be written.
  func write(_ audit: Audit) throws {
    try writeTable(audit, to: OutputFile(table, overwrites: overwrites).prepared())
    try AtomicFile.write(
      AuditDocument(audit).json() + "\n", to: OutputFile(document, overwrites: overwrites).prepared())
    try AuditReport(audit, command: Arguments.command).write(
      to: OutputFile(page, overwrites: overwrites).prepared())
  }

  private func writeTable(_ audit: Audit, to path: String) throws {
    let table = try CSVTable(path, columns: AuditTable.columns)
    for finding in audit.findings { try table.add(AuditTable.row(finding, audit.classNames)) }
    try table.commit()
  }
}

/// The rows of audit.csv.
enum AuditTable {
  static let columns = [
    "path", "split", "class", "problem", "score", "suggested_class", "copy_of", "exclude",
  ]

  /// The last column is for the reader's marks.
  static func row(_ finding: AuditFinding, _ classNames: [String]) -> [String] {
    let picture = finding.picture
    return [
      picture.name, picture.split.rawValue, classNames[picture.label], finding.problem.rawValue,
      fixed(finding.score, 4), finding.suggestion.map { classNames[$0] } ?? "", finding.original?.name ?? "",
      "",
    ]
  }
}

/// An audit as JSON.
struct AuditDocument: Encodable {
  struct Finding: Encodable {
    let problem: String
    let path: String
    let split: String
    let `class`: String
    let score: Double
    let suggested_class: String?
    let copy_of: String?
    let crosses_classes: Bool?
    let crosses_splits: Bool?
  }

  struct Unreadable: Encodable {
    let path: String
    let reason: String
  }

  let data: String
  let backbone: String?
  let pictures: Int
  let unreadable: [Unreadable]
  let unjudged_classes: [String]
  let findings: [Finding]

  init(_ audit: Audit) {
    (data, backbone, pictures, unjudged_classes) = (audit.data, audit.backbone, audit.count, audit.unjudged)
    unreadable = audit.failures.map { Unreadable(path: $0.name, reason: $0.reason.withFlags) }
    findings = audit.findings.map { finding in
      let isCopy = finding.original != nil
      return Finding(
        problem: finding.problem.rawValue, path: finding.picture.name, split: finding.picture.split.rawValue,
        class: audit.classNames[finding.picture.label], score: finding.score,
        suggested_class: finding.suggestion.map { audit.classNames[$0] }, copy_of: finding.original?.name,
        crosses_classes: isCopy ? finding.crossesClasses : nil,
        crosses_splits: isCopy ? finding.crossesSplits : nil)
    }
  }

  func json() throws -> String { try StableJSON.line(self) }
}

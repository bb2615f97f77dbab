import WhiskerData
import WhiskerCore

/// The result of a verification, as text or JSON.
struct VerificationReport {
  let source: DataSource
  let verification: Verification

  /// The number of files of a kind to list in text.
  private static let shown = 10
  /// The ratio of the largest to the smallest class from which it is noted.
  private static let notableImbalance = 3.0

  private struct Document: Encodable {
    struct File: Encodable {
      let path: String
      let split: String
      let `class`: String
      let status: String
      var reason: String?
      var format: String?
      var width: Int?
      var height: Int?
    }

    struct Refused: Encodable {
      let path: String
      let reason: String
    }

    struct EmptyClass: Encodable {
      let split: String
      let `class`: String
    }

    struct SharedGroup: Encodable {
      let group: String
      let splits: [String]
    }

    struct Duplicates: Encodable {
      let paths: [String]
      let crosses_splits: Bool
      let crosses_classes: Bool
    }

    let data: String
    let clean: Bool
    let damage: [String]
    let files: [File]
    let refused: [Refused]
    let empty_classes: [EmptyClass]
    let shared_groups: [SharedGroup]
    let duplicates: [Duplicates]
    let imbalance: Double?
  }

  func json() throws -> String {
    let files = verification.files.map { file in
      Document.File(
        path: file.name, split: file.split.rawValue, class: file.className,
        status: file.reason == nil ? "ok" : "unreadable", reason: file.reason?.withFlags,
        format: file.details?.format,
        width: file.details?.width, height: file.details?.height)
    }
    return try StableJSON.line(
      Document(
        data: source.path, clean: verification.isClean, damage: verification.damage.map(\.text.withFlags),
        files: files,
        refused: verification.refused.map { .init(path: $0.path, reason: $0.problem.withFlags) },
        empty_classes: verification.emptyClasses.map { .init(split: $0.split.rawValue, class: $0.className) },
        shared_groups: verification.sharedGroups.map {
          .init(group: $0.name, splits: $0.splits.map(\.rawValue))
        },
        duplicates: verification.duplicates.map {
          .init(
            paths: $0.files.map(\.name), crosses_splits: $0.crossesSplits, crosses_classes: $0.crossesClasses)
        },
        imbalance: verification.imbalance))
  }

  /// The text, line by line.
  var lines: [String] {
    let unreadable = verification.unreadable
    var lines = DataSummary(source, listsRefused: false).lines
    lines.append("Read      \(counted(verification.files.count - unreadable.count, "picture")): \(kinds)")
    lines += list(
      "Damaged", verification.damage.map(\.text.withFlags), "block with a wrong checksum",
      "blocks with a wrong checksum")
    lines += list(
      "Skipped", unreadable.map { "\($0.name): \($0.reason?.withFlags ?? "")" }, "unreadable file")
    lines += list(
      "Refused", verification.refused.map(\.text.withFlags), "entry not opened", "entries not opened")
    lines += list(
      "Empty", verification.emptyClasses.map { "\($0.className) (\($0.split.folderName))" },
      "class without a readable picture", "classes without a readable picture")
    lines += list(
      "Groups",
      verification.sharedGroups.map { group in
        "\(group.name) (\(group.splits.map(\.folderName).joined(separator: ", ")))"
      }, "group in more than one split", "groups in more than one split")
    lines += copies("in two splits") { $0.crossesSplits }
    lines += copies("in two classes") { $0.crossesClasses && !$0.crossesSplits }
    lines += copies("within a class") { !$0.crossesClasses && !$0.crossesSplits }
    if let imbalance = verification.imbalance, imbalance >= Self.notableImbalance {
      lines.append(
        "Note      the largest class has \(fixed(imbalance, 1)) times the pictures of the smallest: "
          + "consider --class-weights balanced")
    }
    lines.append(verification.isClean ? "Result    no problems" : "Result    problems found, see above")
    return lines
  }

  /// "12 JPEG, 3 PNG, from 48x60 to 640x480 pixels"
  private var kinds: String {
    let details = verification.files.compactMap(\.details)
    let formats = Dictionary(grouping: details, by: \.format).map { ($0.key, $0.value.count) }.sorted {
      $0 < $1
    }
    let areas = details.sorted { ($0.width * $0.height, $0.width) < ($1.width * $1.height, $1.width) }
    guard let smallest = areas.first, let largest = areas.last else { return "none" }
    let sizes = "\(smallest.width)x\(smallest.height)"
    let range =
      (smallest.width, smallest.height) == (largest.width, largest.height)
      ? "\(sizes) pixels" : "from \(sizes) to \(largest.width)x\(largest.height) pixels"
    return formats.map { "\(grouped($0.1)) \($0.0)" }.joined(separator: ", ") + ", \(range)"
  }

  private func copies(_ place: String, _ isWanted: (Verification.Duplicates) -> Bool) -> [String] {
    let groups = verification.duplicates.filter(isWanted)
    let lines = groups.map { $0.files.map { "\($0.name)" }.joined(separator: " = ") }
    return list("Copies", lines, "set of equal pictures \(place)", "sets of equal pictures \(place)")
  }

  private func list(
    _ title: String, _ items: [String], _ noun: String, _ plural: String? = nil
  ) -> [String] {
    guard !items.isEmpty else { return [] }
    let label = title + String(repeating: " ", count: Paragraph.labelWidth - title.count)
    let rest = items.count - Self.shown
    return [label + counted(items.count, noun, plural)] + items.prefix(Self.shown).map { "          \($0)" }
      + (rest > 0 ? ["          and \(counted(rest, "other")), all listed with --format json"] : [])
  }
}

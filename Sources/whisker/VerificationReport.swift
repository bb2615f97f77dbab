import WhiskerData
import WhiskerTensor

/// The result of a verification, for people or for programs.
struct VerificationReport {
  let source: DataSource
  let verification: Verification

  /// How many files of a kind are told one by one; JSON has them all.
  private static let shown = 10
  /// From here on the largest class is told to be much larger than the smallest.
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
    let duplicates: [Duplicates]
    let imbalance: Double?
  }

  func json() throws -> String {
    let files = verification.files.map { file in
      Document.File(
        path: file.name, split: file.part.rawValue, class: file.className,
        status: file.reason == nil ? "ok" : "unreadable", reason: file.reason, format: file.details?.format,
        width: file.details?.width, height: file.details?.height)
    }
    return try StableJSON.line(
      Document(
        data: source.path, clean: verification.isClean, damage: verification.damage.map(\.description),
        files: files,
        refused: verification.refused.map { .init(path: $0.path, reason: $0.problem) },
        empty_classes: verification.emptyClasses.map { .init(split: $0.part.rawValue, class: $0.className) },
        duplicates: verification.duplicates.map {
          .init(
            paths: $0.files.map(\.name), crosses_splits: $0.crossesParts, crosses_classes: $0.crossesClasses)
        },
        imbalance: verification.imbalance))
  }

  /// For people, a line each.
  var lines: [String] {
    let unreadable = verification.unreadable
    var lines = DataSummary(source, tellsRefused: false).lines
    lines.append("Read      \(counted(verification.files.count - unreadable.count, "picture")): \(kinds)")
    lines += list("Damaged", verification.damage.map(\.description), "block", "not as it was written")
    lines += list(
      "Skipped", unreadable.map { "\($0.name): \($0.reason ?? "")" }, "file", "unreadable")
    lines += list(
      "Refused", verification.refused.map(\.description), "entry", "not opened", "entries")
    lines += list(
      "Empty", verification.emptyClasses.map { "\($0.className) (\($0.part.folderName))" }, "class",
      "without a picture that can be read", "classes")
    lines += copies("in two parts") { $0.crossesParts }
    lines += copies("in two classes") { $0.crossesClasses && !$0.crossesParts }
    lines += copies("within a class") { !$0.crossesClasses && !$0.crossesParts }
    if let imbalance = verification.imbalance, imbalance >= Self.notableImbalance {
      lines.append(
        "Note      the largest class has \(fixed(imbalance, 1)) times the pictures of the smallest: "
          + "consider --class-weights balanced")
    }
    lines.append(verification.isClean ? "Result    nothing to mend" : "Result    see above")
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
    return list("Copies", lines, "set", "of equal pictures \(place)")
  }

  private func list(
    _ title: String, _ items: [String], _ noun: String, _ predicate: String, _ plural: String? = nil
  ) -> [String] {
    guard !items.isEmpty else { return [] }
    let head = title + String(repeating: " ", count: 10 - title.count) + counted(items.count, noun, plural)
    let rest = items.count - Self.shown
    return ["\(head) \(predicate)"] + items.prefix(Self.shown).map { "          \($0)" }
      + (rest > 0 ? ["          and \(counted(rest, "other")), all listed with --format json"] : [])
  }
}

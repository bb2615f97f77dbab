import WhiskerData
import WhiskerTensor

/// What a data set holds, for people.
struct DataSummary {
  private let source: DataSource

  /// How many classes are told one by one.
  private static let classesShown = 20

  private let tellsRefused: Bool

  init(_ source: DataSource, tellsRefused: Bool = true) {
    (self.source, self.tellsRefused) = (source, tellsRefused)
  }

  var lines: [String] {
    let parts = DataSource.Part.allCases.compactMap { part in source.parts[part].map { (part, $0) } }
    let total = parts.reduce(0) { $0 + $1.1.count }
    let head =
      "\(source.path): \(source.kind.rawValue), \(counted(source.classNames.count, "class", "classes")), "
      + counted(total, "picture")
    var lines = ["Data      " + head]
    for (part, dataset) in parts {
      let name = parts.count > 1 ? "\(part.folderName): " : ""
      lines.append("          " + name + classes(dataset))
    }
    lines += source.notes.map { "Note      " + $0 }
    if tellsRefused, !source.refused.isEmpty {
      lines.append(
        "Note      \(counted(source.refused.count, "entry", "entries")) not opened: \(source.refused[0])")
    }
    return lines
  }

  private func classes(_ dataset: any Dataset) -> String {
    let named = zip(dataset.classNames, dataset.classCounts).map { "\($0) \(grouped($1))" }
    let rest = named.count - Self.classesShown
    return named.prefix(Self.classesShown).joined(separator: ", ")
      + (rest > 0 ? " and \(counted(rest, "other class", "other classes"))" : "")
  }
}

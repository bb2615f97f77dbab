import WhiskerCore
import WhiskerData
import WhiskerNN

/// The splits and classes of a dataset, for people.
struct DataSummary {
  private let source: DataSource

  /// The number of classes to list.
  private static let classesShown = 20

  private let listsRefused: Bool

  init(_ source: DataSource, listsRefused: Bool = true) {
    (self.source, self.listsRefused) = (source, listsRefused)
  }

  var lines: [String] {
    let splits = DataSource.Split.allCases.compactMap { split in source.splits[split].map { (split, $0) } }
    let total = splits.reduce(0) { $0 + $1.1.count }
    let head =
      "\(source.path): \(source.kind.rawValue), \(counted(source.classNames.count, "class", "classes")), "
      + counted(total, "picture")
    var lines = ["Data      " + head]
    for (split, dataset) in splits {
      let name = splits.count > 1 ? "\(split.folderName): " : ""
      lines.append("          " + name + classes(dataset))
    }
    lines += (source.notes + alikeNames).map { "Note      " + $0 }
    if listsRefused, !source.refused.isEmpty {
      lines.append(
        "Note      \(counted(source.refused.count, "entry", "entries")) not opened or damaged: \(source.refused[0].text.withFlags)"
      )
    }
    return lines
  }

  /// A note on classes that are probably one.
  private var alikeNames: [String] {
    let names = Dictionary(grouping: source.classNames) { $0.lowercased() }
    let alike = source.classNames.filter { names[$0.lowercased(), default: []].count > 1 }
    guard !alike.isEmpty else { return [] }
    let sorted = alike.sorted { ($0.lowercased(), $0) < ($1.lowercased(), $1) }
    let shown = listed(sorted, upTo: Self.classesShown, "other", "others")
    return ["classes whose names differ only in case: \(shown); --classes joins them"]
  }

  /// The first of the names of classes.
  static func classes(_ names: [String]) -> String {
    listed(names, upTo: classesShown, "other class", "other classes")
  }

  private func classes(_ dataset: any Dataset) -> String {
    let named = zip(dataset.classNames, dataset.classCounts).map { "\($0) \(grouped($1))" }
    return Self.classes(named)
  }
}

/// The layers of a network with their indices, output shapes and parameter counts.
struct NetworkTable {
  private let table: Table

  init(_ specification: NetworkSpecification, shapes: [FeatureShape], input: FeatureShape) {
    var table = Table([.right, .left, .right, .right])
    table.add(["", "layer", "output", "parameters"].map { StyledText($0, .faint) })
    for (row, layer) in specification.summary(input: input, shapes: shapes).enumerated() {
      let index = row - 1
      let parameters = layer.parameterCount
      table.add([
        specification.layers.indices.contains(index) ? "\(index)" : "", layer.name, layer.output.description,
        parameters > 0 ? grouped(parameters) : "",
      ])
    }
    self.table = table
  }

  /// The lines, fitted to `columns` columns unless that is nil.
  func lines(columns: Int?) -> [StyledText] { table.lines(indent: Paragraph.labelWidth, columns: columns) }
}

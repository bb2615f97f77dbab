import WhiskerCore

/// The assignment of a file's entries to layers, by shape, and among equal shapes by the numbers in names.
struct WeightsMatch {
  /// Why entries and layers do not match, as the end of a sentence that starts with the file.
  struct Failure: Error {
    let problem: ErrorText
  }

  let layout: WeightsLayout
  /// The entry of every layer, in the order of the layers.
  let entries: [WeightsEntry]

  /// Matches the entries in the layout that fits their shapes, else in that of their names.
  /// - Parameter layout: The layout; nil to detect it.
  /// - Throws: `Failure`.
  static func find(_ layers: [LearningLayer], _ entries: [WeightsEntry], layout: WeightsLayout?)
    throws(Failure)
    -> WeightsMatch
  {
    if let layout { return try WeightsMatch(layers, entries, layout) }
    let hints = Set(entries.map(\.hint))
    let fitting = WeightsLayout.allCases.filter { layout in
      sorted(layers.map { $0.shape(in: layout) }) == sorted(entries.map(\.shape))
    }
    if fitting.count == 1 { return try WeightsMatch(layers, entries, fitting[0]) }
    // If neither layout fits, the error is about the likelier one.
    guard let hint = hints.count == 1 ? hints.first : fitting.isEmpty ? .pytorch : nil else {
      throw Failure(
        problem:
          "fits both PyTorch's and Keras's layout by its shapes and names. Choose one with \(Setting.layout)")
    }
    return try WeightsMatch(layers, entries, hint)
  }

  /// - Throws: `Failure`.
  private init(_ layers: [LearningLayer], _ entries: [WeightsEntry], _ layout: WeightsLayout) throws(Failure)
  {
    var found: [Int: WeightsEntry] = [:]
    var used: Set<String> = []
    for layer in layers where found[layer.index] == nil {
      let shape = layer.shape(in: layout)
      let alike = layers.filter { $0.shape(in: layout) == shape }
      let fitting = entries.filter { $0.shape == shape }
      guard fitting.count >= alike.count else {
        throw Failure(problem: Self.missing(alike[fitting.count], layout, among: entries))
      }
      guard fitting.count == 1 || Set(fitting.map { NaturalOrder.stem($0.name) }).count == 1 else {
        let names = fitting.map(\.weights).joined(separator: ", ")
        throw Failure(
          problem:
            "leaves the order of \(names) open, which have the same shape. Number them: 0.weight, 1.weight")
      }
      for (layer, entry) in zip(alike, fitting) {
        guard entry.biasShape == [layer.outputs] else {
          throw Failure(
            problem: "holds \(entry.biases) with the shape \(entry.biasShape), not [\(layer.outputs)]")
        }
        found[layer.index] = entry
        used.insert(entry.name)
      }
    }
    if let extra = entries.first(where: { !used.contains($0.name) }) {
      throw Failure(problem: "holds \(extra.description), but the network has no layer for it")
    }
    self.layout = layout
    self.entries = layers.compactMap { found[$0.index] }
  }

  private static let namesShown = 8

  private static func missing(
    _ layer: LearningLayer, _ layout: WeightsLayout, among entries: [WeightsEntry]
  ) -> ErrorText {
    let names = entries.prefix(namesShown).map(\.description).joined(separator: ", ")
    let rest = entries.count > namesShown ? " and others" : ""
    return
      "holds no weights \(layer.shape(in: layout)) for layer \(layer.index + 1) (\(layer.specification)) in "
      + "\(layout.title)'s layout, but \(entries.isEmpty ? "nothing" : names)\(rest)"
  }

  private static func sorted(_ shapes: [[Int]]) -> [[Int]] {
    shapes.sorted { $0.lexicographicallyPrecedes($1) }
  }
}

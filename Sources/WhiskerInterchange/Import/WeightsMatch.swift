import WhiskerNN
import WhiskerCore

/// The assignment of a file's entries to layers: by name where the names are the paths of the layers; else one after the other
/// where the file has the order of the layers; else by shape, and among equal shapes by the numbers in names.
struct WeightsMatch {
  /// Why entries and layers do not match, as the end of a sentence that starts with the file.
  struct Failure: Error {
    let problem: ErrorText
  }

  /// What layers and entries have in common that may belong to each other.
  private struct Signature: Hashable {
    let shape: [Int]
    let tensors: Set<String>
  }

  let layout: WeightsLayout
  /// The entry of every layer, in the order of the layers.
  let entries: [WeightsEntry]

  /// Matches the entries in the layout that fits their shapes, else in that of their names.
  /// - Parameter layout: The layout; nil to detect it.
  /// - Parameter isOrdered: Whether the entries are in the order of the layers, as in a state dict of PyTorch.
  /// - Throws: `Failure`.
  static func find(
    _ layers: [LearningLayer], _ entries: [WeightsEntry], layout: WeightsLayout?, isOrdered: Bool
  ) throws(Failure) -> WeightsMatch {
    if isOrdered { return try WeightsMatch(ordered: layers, entries) }
    if let layout { return try WeightsMatch(layers, entries, layout) }
    let hints = Set(entries.map(\.hint))
    let fitting = WeightsLayout.allCases.filter { layout in
      sorted(layers.map { $0.shape(in: layout) }) == sorted(shapes(of: entries, among: layers, layout))
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
    self.layout = layout
    if let named = Self.byName(layers, entries, layout) {
      self.entries = named
      return
    }
    self.entries = try Self.byShape(layers, entries, layout)
    for (layer, entry) in zip(layers, self.entries) {
      if let wrong = Self.misshapen(layer, entry, layout) { throw Failure(problem: wrong) }
    }
  }

  /// The entries by the paths of the layers, after a prefix that all have; nil where the names are others, or the shapes.
  private static func byName(
    _ layers: [LearningLayer], _ entries: [WeightsEntry], _ layout: WeightsLayout
  ) -> [WeightsEntry]? {
    guard let first = layers.first, layers.count == entries.count else { return nil }
    let named = Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0) })
    let prefixes = entries.compactMap { entry in
      entry.name == first.path || entry.name.hasSuffix(".\(first.path)")
        ? String(entry.name.dropLast(first.path.count)) : nil
    }
    return prefixes.lazy.compactMap { prefix -> [WeightsEntry]? in
      let found = layers.compactMap { named[prefix + $0.path] }
      guard found.count == layers.count,
        zip(layers, found).allSatisfy({ misshapen($0, $1, layout) == nil })
      else { return nil }
      return found
    }.first
  }

  /// Matches the entries of a state dict.
  /// - Throws: `Failure`.
  private init(ordered layers: [LearningLayer], _ entries: [WeightsEntry]) throws(Failure) {
    layout = .pytorch
    if let found = Self.byName(layers, entries, layout) ?? Self.byOrder(layers, entries) {
      self.entries = found
      return
    }
    self.entries = try WeightsMatch(layers, WeightsEntry.sorted(entries), layout).entries
    try checkOrder(of: entries, layers)
  }

  /// Whether the match by shapes and numbers agrees with the order of the file, where shapes are equal.
  /// - Throws: `Failure`.
  private func checkOrder(of file: [WeightsEntry], _ layers: [LearningLayer]) throws(Failure) {
    let places = Dictionary(uniqueKeysWithValues: file.enumerated().map { ($1.name, $0) })
    let hasShortcuts = layers.contains { $0.isInShortcut }
    var last: [Signature: WeightsEntry] = [:]
    for (layer, entry) in zip(layers, entries) {
      if hasShortcuts, layer.isInShortcut != NaturalOrder.belongsToShortcut(entry.name) {
        throw Failure(
          problem:
            "leaves open whether \(entry.weights.name) belongs to \(layer.description): the tensors are not in the "
            + "order of the layers, and only names with shortcut or downsample belong to shortcuts")
      }
      let signature = Signature(
        shape: entry.weights.shape,
        tensors: Set(entry.tensors.keys).union(layer.isInShortcut ? ["shortcut"] : []))
      if let before = last[signature], places[before.name] ?? 0 > places[entry.name] ?? 0 {
        throw Failure(
          problem:
            "holds \(entry.weights.name) before \(before.weights.name), which have the same shape: their numbers "
            + "contradict their order")
      }
      last[signature] = entry
    }
  }

  /// The entries one after the other, those of shortcuts by themselves; nil where a shape is not that of its layer, or
  /// numbers contradict the order.
  private static func byOrder(_ layers: [LearningLayer], _ entries: [WeightsEntry]) -> [WeightsEntry]? {
    guard layers.count == entries.count, !NaturalOrder.contradicts(entries.map(\.name)) else { return nil }
    let hasShortcuts = layers.contains { $0.isInShortcut }
    func belongsToShortcut(_ entry: WeightsEntry) -> Bool {
      hasShortcuts && NaturalOrder.belongsToShortcut(entry.name)
    }
    var (body, shortcut) = (
      entries.filter { !belongsToShortcut($0) }[...], entries.filter(belongsToShortcut)[...]
    )
    var found: [WeightsEntry] = []
    for layer in layers {
      guard let entry = layer.isInShortcut ? shortcut.popFirst() : body.popFirst(),
        misshapen(layer, entry, .pytorch) == nil
      else { return nil }
      found.append(entry)
    }
    return found
  }

  private static func byShape(
    _ layers: [LearningLayer], _ entries: [WeightsEntry], _ layout: WeightsLayout
  ) throws(Failure) -> [WeightsEntry] {
    let wanted = layers.map { layer in
      Signature(shape: layer.shape(in: layout), tensors: Set(layer.tensors.map(\.name)))
    }
    let present = zip(entries, shapes(of: entries, among: layers, layout)).map { entry, shape in
      Signature(shape: shape, tensors: Set(entry.tensors.keys))
    }
    var found: [Int: WeightsEntry] = [:]
    var used: Set<Int> = []
    for signature in wanted where found[wanted.firstIndex(of: signature) ?? 0] == nil {
      let alike = layers.indices.filter { wanted[$0] == signature }
      let fitting = entries.indices.filter { present[$0] == signature }
      guard fitting.count >= alike.count else {
        let shaped = entries.indices.filter {
          present[$0].shape == signature.shape && present[$0] != signature
        }
        throw Failure(
          problem: shaped.lazy.compactMap { difference(layers[alike[0]], entries[$0]) }.first
            ?? missing(layers[alike[fitting.count]], layout, among: entries))
      }
      let ordered = fitting.map { entries[$0] }
      guard NaturalOrder.isClear(ordered.map(\.name)) else {
        let names = ordered.map(\.weights.name).joined(separator: ", ")
        throw Failure(
          problem:
            "leaves the order of \(names) open, which have the same shape. Number them: 0.weight, 1.weight")
      }
      for (layer, entry) in zip(alike, fitting) {
        found[layer] = entries[entry]
        used.insert(entry)
      }
    }
    if let extra = entries.indices.first(where: { !used.contains($0) }) {
      throw Failure(problem: "holds \(entries[extra].description), but the network has no layer for it")
    }
    return layers.indices.compactMap { found[$0] }
  }

  /// The shapes of the entries' weights. Where a layer has several in a layout, its first stands for all.
  private static func shapes(
    of entries: [WeightsEntry], among layers: [LearningLayer], _ layout: WeightsLayout
  ) -> [[Int]] {
    let plain = Set(layers.map { $0.shape(in: layout) })
    return entries.map { entry in
      guard !plain.contains(entry.weights.shape) else { return entry.weights.shape }
      let layer = layers.first { $0.shapes(of: $0.tensors[0], in: layout).contains(entry.weights.shape) }
      return layer?.shape(in: layout) ?? entry.weights.shape
    }
  }

  /// A tensor whose shape does not fit, or that is missing; nil where all fit.
  private static func misshapen(
    _ layer: LearningLayer, _ entry: WeightsEntry, _ layout: WeightsLayout
  ) -> ErrorText? {
    if let problem = difference(layer, entry) { return problem }
    for tensor in layer.tensors {
      guard let source = entry.tensors[tensor.name] else {
        return "holds no \(tensor.name) for \(entry.name)"
      }
      let shapes = layer.shapes(of: tensor, in: layout)
      if !shapes.contains(source.shape) {
        return "holds \(source.name) with the shape \(source.shape), not \(shapes[0])"
      }
    }
    return nil
  }

  /// A tensor that only one of them has; nil where both have the same.
  private static func difference(_ layer: LearningLayer, _ entry: WeightsEntry) -> ErrorText? {
    if let tensor = layer.tensors.first(where: { entry.tensors[$0.name] == nil }) {
      return "holds \(entry.weights.name), but no \(tensor.name) for it"
    }
    let names = Set(layer.tensors.map(\.name))
    guard let extra = entry.tensors.filter({ !names.contains($0.key) }).map(\.value.name).min() else {
      return nil
    }
    return "holds \(extra), but \(layer.description) has no tensor for it"
  }

  private static let namesShown = 8

  private static func missing(
    _ layer: LearningLayer, _ layout: WeightsLayout, among entries: [WeightsEntry]
  ) -> ErrorText {
    let names = entries.prefix(namesShown).map(\.description).joined(separator: ", ")
    let rest = entries.count > namesShown ? " and others" : ""
    return
      "holds no weights \(layer.shape(in: layout)) for \(layer.description) in "
      + "\(layout.title)'s layout, but \(entries.isEmpty ? "nothing" : names)\(rest)"
  }

  private static func sorted(_ shapes: [[Int]]) -> [[Int]] {
    shapes.sorted { $0.lexicographicallyPrecedes($1) }
  }
}

extension LearningLayer {
  /// The shape of the weights.
  fileprivate func shape(in layout: WeightsLayout) -> [Int] { shapes(of: tensors[0], in: layout)[0] }
}

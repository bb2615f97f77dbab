import WhiskerCore

/// The tensors of one layer in a file. Their names differ in the last word only.
struct WeightsEntry {
  /// A tensor in the file.
  struct Source {
    let name: String
    let shape: [Int]
  }

  /// The layer's name in the file, such as "features.0" or "sequential/conv2d_1".
  let name: String
  /// The tensors, by PyTorch's names: "weight".
  let tensors: [String: Source]
  /// The weights, or the factors of a batch norm.
  let weights: Source
  /// The layout by the last word of the name: `weight` in PyTorch, `kernel` and `gamma` in Keras.
  let hint: WeightsLayout

  /// The name and shape of the weights, for errors.
  var description: String { "\(weights.name) \(weights.shape)" }

  /// The entries of a file, in its order if that is the order of the layers, else in the natural order of their names.
  /// - Throws: `FileError` that names a tensor without a layer, or a missing one.
  static func all(in file: any TensorFile, path: String) throws -> [WeightsEntry] {
    var layers: [String: [String: Source]] = [:]
    var order: [String] = []
    var hints: [String: WeightsLayout] = [:]
    for tensor in file.names where !tensor.hasSuffix(ignored) {
      guard let (layer, word) = parse(tensor) else {
        throw FileError(
          path, "holds \(tensor), whose name ends in none of \(words.map(\.ending).joined(separator: ", "))",
          advice: "Remove it; a layer is a pair such as 0.weight and 0.bias, or conv/kernel and conv/bias")
      }
      if layers[layer] == nil { order.append(layer) }
      let source = Source(name: tensor, shape: file.shape(of: tensor) ?? [])
      guard layers[layer, default: [:]].updateValue(source, forKey: word.name) == nil else {
        throw FileError(path, "holds more than one tensor that could be \(tensor)")
      }
      if word.name == "weight" { hints[layer] = word.hint }
    }
    let entries = try order.map { name in
      let tensors = layers[name] ?? [:]
      guard let weights = tensors["weight"], let hint = hints[name] else {
        let lonely = tensors.values.map(\.name).min() ?? name
        throw FileError(path, "holds \(lonely), but no weights for it")
      }
      return WeightsEntry(name: name, tensors: tensors, weights: weights, hint: hint)
    }
    return file.isOrdered ? entries : sorted(entries)
  }

  /// Entries in the natural order of their names.
  static func sorted(_ entries: [WeightsEntry]) -> [WeightsEntry] {
    entries.sorted { NaturalOrder.precedes($0.name, $1.name) }
  }

  private typealias Word = (ending: String, name: String, hint: WeightsLayout?)

  /// The last words of names. The first that fits counts.
  private static let words: [Word] = [
    ("weight", "weight", .pytorch), ("depthwise_kernel", "weight", .keras), ("kernel", "weight", .keras),
    ("bias", "bias", nil), ("running_mean", "running_mean", nil), ("running_var", "running_var", nil),
    ("gamma", "weight", .keras), ("beta", "bias", nil), ("moving_mean", "running_mean", nil),
    ("moving_variance", "running_var", nil), ("vars/0", "weight", .keras), ("vars/1", "bias", nil),
    ("vars/2", "running_mean", nil), ("vars/3", "running_var", nil),
  ]

  /// PyTorch's count of the steps of a batch norm, which only its training needs.
  private static let ignored = "num_batches_tracked"

  private static func parse(_ tensor: String) -> (layer: String, Word)? {
    // TensorFlow appends the output number to the names of variables.
    let name = tensor.hasSuffix(":0") ? String(tensor.dropLast(2)) : tensor
    guard let word = words.first(where: { name.hasSuffix($0.ending) }) else { return nil }
    let layer = name.dropLast(word.ending.count)
    guard let separator = layer.last else { return ("", word) }
    return "./_".contains(separator) ? (String(layer.dropLast()), word) : nil
  }
}

import WhiskerCore

/// The weights and biases of one layer in a file. Their names differ in the last word only.
struct WeightsEntry {
  /// The role of a tensor by the last word of its name.
  private enum Role {
    case weights(WeightsLayout)
    case biases
  }

  /// The layer's name in the file, such as "features.0" or "sequential/conv2d_1".
  let name: String
  let weights: String
  let biases: String
  let shape: [Int]
  let biasShape: [Int]
  /// The layout by the last word of the name: `weight` in PyTorch, `kernel` in Keras.
  let hint: WeightsLayout

  /// The entries of a file, in the natural order of their names.
  /// - Throws: `FileError` that names a tensor without a layer, or a missing one.
  static func all(in file: SafetensorsReader, path: String) throws -> [WeightsEntry] {
    var weights: [String: (tensor: String, hint: WeightsLayout)] = [:]
    var biases: [String: String] = [:]
    for tensor in file.names {
      guard let (layer, role) = parse(tensor) else {
        throw FileError(
          path, "holds \(tensor), whose name ends in neither weight, kernel nor bias",
          advice: "Remove it; a layer is a pair such as 0.weight and 0.bias, or conv/kernel and conv/bias")
      }
      let isFirst: Bool
      switch role {
      case .weights(let hint): isFirst = weights.updateValue((tensor, hint), forKey: layer) == nil
      case .biases: isFirst = biases.updateValue(tensor, forKey: layer) == nil
      }
      guard isFirst else { throw FileError(path, "holds more than one tensor that could be \(tensor)") }
    }
    if let lonely = biases.filter({ weights[$0.key] == nil }).map(\.value).min() {
      throw FileError(path, "holds \(lonely), but no weights for it")
    }
    return try weights.map { layer, found in
      guard let bias = biases[layer] else {
        throw FileError(path, "holds \(found.tensor), but no bias for it")
      }
      return WeightsEntry(
        name: layer, weights: found.tensor, biases: bias, shape: file.shape(of: found.tensor) ?? [],
        biasShape: file.shape(of: bias) ?? [], hint: found.hint)
    }.sorted { NaturalOrder.precedes($0.name, $1.name) }
  }

  /// The name and shape of the weights, for errors.
  var description: String { "\(weights) \(shape)" }

  private static let words: [(ending: String, role: Role)] = [
    ("weight", .weights(.pytorch)), ("kernel", .weights(.keras)), ("vars/0", .weights(.keras)),
    ("bias", .biases), ("vars/1", .biases),
  ]

  private static func parse(_ tensor: String) -> (layer: String, Role)? {
    // TensorFlow appends the output number to the names of variables.
    let name = tensor.hasSuffix(":0") ? String(tensor.dropLast(2)) : tensor
    guard let (ending, role) = words.first(where: { name.hasSuffix($0.ending) }) else { return nil }
    let layer = name.dropLast(ending.count)
    guard let separator = layer.last else { return ("", role) }
    return "./_".contains(separator) ? (String(layer.dropLast()), role) : nil
  }
}

import WhiskerCore

/// The layers of a trained network, all of them trainable, with every batch norm as a part of the convolution or dense layer
/// before it. In inference they compute the same. A batch norm that follows another layer stays, frozen.
package struct FoldedLayers {
  package private(set) var layers: [LayerSpecification] = []
  /// By their names, with the path.
  package private(set) var tensors: [String: Tensor] = [:]

  private let original: [String: Tensor]

  /// - Parameter tensors: The tensors of the layers, by their names with the path.
  package init(_ layers: [LayerSpecification], tensors: [String: Tensor]) {
    original = tensors
    self.layers = fold(layers, from: "", to: "")
  }

  /// Folds a sequence of layers.
  /// - Parameter source: What stands before the names of its tensors.
  /// - Parameter target: What stands before the names of the new ones.
  private mutating func fold(
    _ layers: [LayerSpecification], from source: String, to target: String
  ) -> [LayerSpecification] {
    var folded: [LayerSpecification] = []
    for (index, layer) in layers.enumerated() {
      let own = Self.tensors(of: "\(source)\(index)", in: original)
      let factors = layer.kind.channelFactors(own)
      if let factors, let last = folded.indices.last {
        let path = "\(target)\(last)"
        if let scaled = folded[last].kind.scaled(by: factors, Self.tensors(of: path, in: tensors)) {
          folded[last].kind = scaled.kind
          set(scaled.tensors, of: path)
          continue
        }
      }
      let path = "\(target)\(folded.count)"
      set(own, of: path)
      let branches = layer.kind.branches.map { branch in
        fold(branch.layers, from: "\(source)\(index).\(branch.name).", to: "\(path).\(branch.name).")
      }
      let kind = branches.isEmpty ? layer.kind : layer.kind.withBranches(branches)
      folded.append(LayerSpecification(kind, isTrainable: factors == nil))
    }
    return folded
  }

  private mutating func set(_ new: [String: Tensor], of path: String) {
    for (name, tensor) in new { tensors["\(path).\(name)"] = tensor }
  }

  /// The tensors of the layer at a path itself, by their names without the path.
  private static func tensors(of path: String, in all: [String: Tensor]) -> [String: Tensor] {
    var own: [String: Tensor] = [:]
    for (name, tensor) in all where name.hasPrefix(path + ".") {
      let rest = name.dropFirst(path.count + 1)
      if !rest.contains(".") { own[String(rest)] = tensor }
    }
    return own
  }
}

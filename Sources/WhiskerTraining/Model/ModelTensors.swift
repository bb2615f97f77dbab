import WhiskerCore
import WhiskerNN

/// The stored tensors of a model, checked. No network is built, which would need the memory of its activations.
extension Model {
  /// The operations of the network in inference with their weights, or those of each network of an ensemble.
  /// - Throws: `FileError` when the weights do not fit the network.
  package func graphs() throws -> [InferenceGraph] {
    try memberPrefixes.map { prefix in
      InferenceGraph(
        specification.layers, input: inputShape, classCount: classNames.count,
        tensors: try loadedTensors(prefix: prefix))
    }
  }

  /// The network with every batch norm as a part of the layer before it, all of it trainable, and its tensors by their names.
  /// - Throws: `FileError` when the weights do not fit the network, or it is an ensemble.
  func foldedNetwork() throws -> (specification: NetworkSpecification, tensors: [String: Tensor]) {
    guard memberCount == nil else {
      throw FileError(path, "is an ensemble, where a single network is needed")
    }
    let folded = FoldedLayers(specification.layers, tensors: try loadedTensors(prefix: ""))
    return (NetworkSpecification(layers: folded.layers), folded.tensors)
  }

  /// The tensors by their names.
  /// - Parameter prefix: The prefix of the names in the file.
  func loadedTensors(prefix: String) throws -> [String: Tensor] {
    var loaded: [String: Tensor] = [:]
    for layer in try placedLayers {
      for stored in layer.tensors {
        let (name, tensor) = ("\(layer.path).\(stored.name)", Tensor(shape: stored.shape))
        try check(stored, prefix + name) { bytes in
          UnsafeMutableRawBufferPointer(start: tensor.elements, count: bytes.count).copyMemory(from: bytes)
        }
        loaded[name] = tensor
      }
    }
    return loaded
  }

  /// Adds the tensors of a single network to a file.
  /// - Parameter prefix: The prefix of their names in the file.
  /// - Throws: `FileError` when the weights do not fit the network.
  func add(to writer: inout SafetensorsWriter, prefix: String) throws {
    for layer in try placedLayers {
      for tensor in layer.tensors {
        let name = "\(layer.path).\(tensor.name)"
        try check(tensor, name) { _ in }
        writer.add(prefix + name, from: tensors, named: name)
      }
    }
  }

  /// All layers, each before those inside it.
  /// - Throws: `FileError` when they do not fit each other.
  var placedLayers: [PlacedLayer] {
    get throws {
      do {
        return try specification.placedLayers(input: inputShape, classCount: classNames.count)
      } catch {
        throw FileError(path, "is damaged: \(error)")
      }
    }
  }

  /// An upper bound of the memory for the activations of one picture, in bytes.
  var pictureMemory: Int {
    get throws {
      try placedLayers.reduce(inputShape.pictureCount) { $0 + $1.output.pictureCount }
        * MemoryLayout<Float>.stride
    }
  }

  /// The prefixes of the tensors' names: one per network of an ensemble, or none.
  var memberPrefixes: [String] {
    memberCount.map { (0..<$0).map(Self.prefix(ofMember:)) } ?? [""]
  }

  /// Checks a stored tensor, and calls `body` with its bytes.
  /// - Throws: `FileError` when it is missing, has another shape, or holds values that are impossible.
  func check<Result>(
    _ tensor: LayerTensor, _ name: String, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    try tensors.withBytes(of: name, type: .float32) { bytes in
      guard tensors.shape(of: name) == tensor.shape else {
        throw FileError(
          path, "holds \(name) with the shape \(tensors.shape(of: name) ?? []), not \(tensor.shape)")
      }
      let values = stride(from: 0, to: bytes.count, by: MemoryLayout<Float>.stride).lazy.map {
        bytes.loadUnaligned(fromByteOffset: $0, as: Float.self)
      }
      guard values.allSatisfy({ $0.isFinite }) else {
        throw FileError(path, "contains NaN or infinity in \(name)")
      }
      guard values.allSatisfy({ $0 >= tensor.minimum }) else {
        throw FileError(path, "is damaged: \(name) contains negative variances")
      }
      return try body(bytes)
    }
  }
}

/// Builds the layers of a network from their specification. Layers that have a kernel in common are built as one.
struct LayerBuilder {
  private let classCount: Int
  private let capacity: Int
  private let pool: ComputePool
  private let fuses: Bool
  private let isTrainable: Bool
  /// The number of the next layer, depth first.
  private var number: Int
  /// The index of the network's first layer in its path.
  private let firstIndex: Int

  /// - Parameter preceding: The layers before the network's, which others compute.
  init(
    classCount: Int, capacity: Int, pool: ComputePool, fuses: Bool, preceding: [LayerSpecification] = []
  ) {
    (self.classCount, self.capacity, self.pool, self.fuses) = (classCount, capacity, pool, fuses)
    isTrainable = true
    (number, firstIndex) = (preceding.reduce(0) { $0 + $1.layerCount }, preceding.count)
  }

  /// A builder for the layers inside a layer.
  init(_ place: LayerPlace, firstNumber: Int) {
    (classCount, capacity, pool) = (place.classCount, place.capacity, place.pool)
    (fuses, isTrainable, number, firstIndex) = (place.fuses, place.isTrainable, firstNumber, 0)
  }

  /// The layers of a sequence that fits its input.
  /// - Parameter path: What stands before the names of the parameters: "3.body", or nothing for the network itself.
  mutating func sequence(_ layers: [LayerSpecification], path: String, input: FeatureShape) -> LayerSequence {
    let places = places(of: layers, path: path, input: input)
    var built: [any Layer] = []
    var index = 0
    while index < layers.count {
      let kind = layers[index].kind
      if fuses, let (fused, count) = kind.fused(with: layers[(index + 1)...], places[index...]) {
        built.append(fused)
        index += count
        continue
      }
      if let layer = kind.build(places[index]) { built.append(layer) }
      index += 1
    }
    return LayerSequence(built)
  }

  private mutating func places(
    of layers: [LayerSpecification], path: String, input: FeatureShape
  ) -> [LayerPlace] {
    var shape = input
    var places: [LayerPlace] = []
    for (index, layer) in layers.enumerated() {
      guard let output = try? layer.output(of: shape, classCount: classCount) else {
        preconditionFailure("the shapes of a network are checked before it is built")
      }
      places.append(
        LayerPlace(
          path: path.isEmpty ? "\(firstIndex + index)" : "\(path).\(index)", number: number, input: shape,
          output: output, classCount: classCount, capacity: capacity, pool: pool, fuses: fuses,
          isTrainable: isTrainable && layer.isTrainable))
      number += layer.layerCount
      shape = output
    }
    return places
  }
}

extension LayerSpecification {
  /// The layer and those inside it.
  package var layerCount: Int {
    kind.branches.reduce(1) { $0 + $1.layers.reduce(0) { $0 + $1.layerCount } }
  }
}

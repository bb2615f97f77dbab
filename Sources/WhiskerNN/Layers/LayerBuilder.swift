/// Builds the layers of a network from their specification. Layers that have a kernel in common are built as one.
struct LayerBuilder {
  private let classCount: Int
  let capacity: Int
  let pool: ComputePool
  private let fuses: Bool
  private let isTrainable: Bool
  /// The parameters and buffers of another network that the layers use; nil for new ones.
  private let shared: SharedValues?
  /// The number of the next layer, depth first.
  private var number: Int
  /// The index of the network's first layer in its path.
  private let firstIndex: Int
  /// Records the output of one layer, found by its path; nil for none. The layer must not be fused with others.
  var tap: LayerTap?

  /// - Parameter preceding: The layers before the network's, which others compute.
  init(
    classCount: Int, capacity: Int, pool: ComputePool, fuses: Bool, preceding: [LayerSpecification] = [],
    sharing shared: SharedValues? = nil
  ) {
    (self.classCount, self.capacity, self.pool, self.fuses) = (classCount, capacity, pool, fuses)
    (self.shared, isTrainable) = (shared, true)
    (number, firstIndex) = (preceding.reduce(0) { $0 + $1.layerCount }, preceding.count)
  }

  /// A builder for the layers inside a layer.
  init(_ place: LayerPlace, firstNumber: Int) {
    (classCount, capacity, pool) = (place.classCount, place.capacity, place.pool)
    (fuses, isTrainable, number, firstIndex) = (place.fuses, place.isTrainable, firstNumber, 0)
    (shared, tap) = (place.shared, place.tap)
  }

  /// The layers of a sequence that fits its input.
  /// - Parameter path: What stands before the names of the parameters: "3.body", or nothing for the network itself.
  mutating func sequence(_ layers: [LayerSpecification], path: String, input: FeatureShape) -> LayerSequence {
    var built: [any Layer] = []
    forEachLayer(of: layers, path: path, input: input) { layer, _ in built.append(layer) }
    return LayerSequence(built)
  }

  /// Builds the layers of a sequence that fits its input, one after the other.
  /// - Parameter take: Receives each layer, and the shape of its output.
  mutating func forEachLayer(
    of layers: [LayerSpecification], path: String, input: FeatureShape,
    _ take: (any Layer, _ output: FeatureShape) -> Void
  ) {
    let places = places(of: layers, path: path, input: input)
    var index = 0
    while index < layers.count {
      let kind = layers[index].kind
      if fuses, let (fused, count) = kind.fused(with: layers[(index + 1)...], places[index...]) {
        index += count
        take(fused, places[index - 1].output)
        continue
      }
      if let layer = kind.build(places[index]) { take(layer, places[index].output) }
      if let tap, tap.path == places[index].path { take(tap, places[index].output) }
      index += 1
    }
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
          isTrainable: isTrainable && layer.isTrainable, shared: shared, tap: tap))
      number += layer.layerCount
      shape = output
    }
    return places
  }
}

extension NetworkSpecification {
  /// Builds the layers without a network around them: for any input, and with the gradient with respect to it.
  /// - Parameter layers: Layers that fit the input.
  /// - Parameter fuses: Whether to use fused kernels.
  package static func sequence(
    _ layers: [LayerSpecification], input: FeatureShape, capacity: Int, pool: ComputePool, fuses: Bool = true
  ) -> any Layer {
    var builder = LayerBuilder(classCount: 1, capacity: capacity, pool: pool, fuses: fuses)
    return builder.sequence(layers, path: "", input: input)
  }
}

extension LayerSpecification {
  /// The layer and those inside it.
  package var layerCount: Int {
    kind.branches.reduce(1) { $0 + $1.layers.reduce(0) { $0 + $1.layerCount } }
  }
}

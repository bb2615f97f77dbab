import WhiskerNN
import WhiskerCore

/// A layer with weights.
struct LearningLayer {
  enum Kind: Equatable {
    case convolution(filters: Int, channels: Int, kernel: Int)
    /// `map` is the input of a preceding flatten layer; nil if there is none.
    case dense(units: Int, features: Int, map: FeatureShape?)
  }

  /// The index of the layer in the network.
  let index: Int
  let specification: LayerSpecification
  let kind: Kind

  /// The layers with weights, in order.
  /// - Parameter shapes: The output shape of every layer of the network.
  static func all(of network: NetworkSpecification, input: FeatureShape, shapes: [FeatureShape])
    -> [LearningLayer]
  {
    var found: [LearningLayer] = []
    var map: FeatureShape?
    for (index, (layer, before)) in zip(network.layers, [input] + shapes).enumerated() {
      switch (layer, before) {
      case (.convolution(let filters, let kernel), .map(let channels, _, _)):
        found.append(
          .init(
            index: index, specification: layer,
            kind: .convolution(filters: filters, channels: channels, kernel: kernel)))
      case (.flatten, .map): map = before
      case (.dense, _), (.dropConnect, _):
        found.append(
          .init(
            index: index, specification: layer,
            kind: .dense(units: shapes[index].count, features: before.count, map: map)))
        map = nil
      default: break
      }
    }
    return found
  }

  /// The number of biases.
  var outputs: Int {
    switch kind {
    case .convolution(let filters, _, _): filters
    case .dense(let units, _, _): units
    }
  }

  /// The shape of the weights.
  func shape(in layout: WeightsLayout) -> [Int] {
    switch (kind, layout) {
    case (.convolution(let filters, let channels, let kernel), .pytorch): [filters, channels, kernel, kernel]
    case (.convolution(let filters, let channels, let kernel), .keras): [kernel, kernel, channels, filters]
    case (.dense(let units, let features, _), .pytorch): [units, features]
    case (.dense(let units, let features, _), .keras): [features, units]
    }
  }

  /// The weights in PyTorch's layout.
  func arranged(_ weights: Tensor, from layout: WeightsLayout) -> Tensor {
    guard layout == .keras else { return weights }
    let arranged = Tensor(shape: shape(in: .pytorch))
    switch kind {
    case .convolution(let filters, let channels, let kernel):
      let area = kernel * kernel
      for place in 0..<area {
        for channel in 0..<channels {
          for filter in 0..<filters {
            arranged[(filter * channels + channel) * area + place] =
              weights[(place * channels + channel) * filters + filter]
          }
        }
      }
    case .dense(let units, let features, let map):
      for feature in 0..<features {
        let row = Self.kerasFeature(feature, of: map)
        for unit in 0..<units { arranged[unit * features + feature] = weights[row * units + unit] }
      }
    }
    return arranged
  }

  /// The index in Keras's flattened `map` of the feature at `feature` in PyTorch's.
  private static func kerasFeature(_ feature: Int, of map: FeatureShape?) -> Int {
    guard case .map(let channels, let height, let width) = map else { return feature }
    let (channel, place) = (feature / (height * width), feature % (height * width))
    return place * channels + channel
  }
}

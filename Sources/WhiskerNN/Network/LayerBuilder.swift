/// Builds layers from a specification, and fuses those that have a fused kernel.
struct LayerBuilder {
  let layers: [LayerSpecification]
  /// The input shape of each layer, and the output shape of the last.
  let shapes: [FeatureShape]
  let capacity: Int
  let pool: ComputePool
  let fuses: Bool

  func build() -> [any Layer] {
    var built: [any Layer] = []
    var index = 0
    while index < layers.count {
      let (layer, count) = next(at: index)
      if let layer { built.append(layer) }
      index += count
    }
    return built
  }

  /// The layer for the specification at `index`, nil if it needs no code, and the number of specifications that it covers.
  private func next(at index: Int) -> ((any Layer)?, Int) {
    if fuses, let filters = filters(at: index), isFollowed(index, by: [.relu, .maxPool(size: 2)]) {
      let mask = dropoutMask(at: index + 3)
      let fused = ConvolutionReLUPool(filters, dropout: mask, capacity: capacity, pool: pool)
      return (fused, mask == nil ? 3 : 4)
    }
    return (layer(at: index), 1)
  }

  private func isFollowed(_ index: Int, by following: [LayerSpecification]) -> Bool {
    layers[(index + 1)...].starts(with: following)
  }

  private func dropoutMask(at index: Int) -> DropoutMask? {
    guard index < layers.count, case .dropout(let rate) = layers[index] else { return nil }
    return DropoutMask(layer: index, rate: rate)
  }

  private func filters(at index: Int) -> ConvolutionFilters? {
    guard case .convolution(let filters, let kernel) = layers[index] else { return nil }
    guard case .map(let channels, let height, let width) = shapes[index] else { return nil }
    return ConvolutionFilters(
      index: index, channels: channels, height: height, width: width, filters: filters, kernel: kernel)
  }

  private func layer(at index: Int) -> (any Layer)? {
    let features = shapes[index].count
    switch (layers[index], shapes[index]) {
    case (.convolution, _):
      return filters(at: index).map { Convolution($0, capacity: capacity, pool: pool) }
    case (.maxPool(let size), .map(let channels, let height, let width)):
      return MaxPool(
        channels: channels, height: height, width: width, size: size, capacity: capacity, pool: pool)
    case (.relu, _):
      return ReLU(features: features, capacity: capacity, pool: pool)
    case (.dropout(let rate), _):
      return Dropout(index: index, rate: rate, features: features, capacity: capacity, pool: pool)
    case (.spatialDropout(let rate), .map(let channels, _, _)):
      return Dropout(
        index: index, rate: rate, .channels(channels), features: features, capacity: capacity, pool: pool)
    case (.gaussianDropout(let rate), _):
      return Dropout(
        index: index, rate: rate, .gaussian, features: features, capacity: capacity, pool: pool)
    case (.dropConnect(_, let rate), _):
      return DropConnect(
        index: index, features: features, units: shapes[index + 1].count, rate: rate, capacity: capacity,
        pool: pool)
    case (.dense, _):
      return Dense(
        index: index, features: features, units: shapes[index + 1].count, capacity: capacity, pool: pool)
    // In memory, a map is already a vector.
    case (.flatten, _), (.maxPool, .vector), (.spatialDropout, .vector):
      return nil
    }
  }
}

import WhiskerCore
import WhiskerData
import WhiskerNN

/// How a model classifies: as one network, or its first layers picture by picture and the rest in batches.
extension Model {
  /// The network with its weights, or all networks of an ensemble, with the test-time augmentation.
  /// - Throws: `FileError` when the weights do not fit the network.
  public func classifier(capacity: Int, pool: ComputePool) throws -> any Classifier {
    let plain = try plainClassifier(capacity: capacity, pool: pool)
    return switch testTimeAugmentation {
    case .flip: MirrorAverage(plain)
    case nil: plain
    }
  }

  /// The classifier of data with a preprocessing: that of the pictures, or that of features of the model's backbone.
  /// - Throws: `FileError` when the weights do not fit the network, or the features are others.
  package func classifier(
    of preprocessing: Preprocessing, capacity: Int, pool: ComputePool
  ) throws -> any Classifier {
    guard let features = preprocessing.features else { return try classifier(capacity: capacity, pool: pool) }
    let backbones = try memberPrefixes.map { try Backbone(self, prefix: $0) }
    var single = preprocessing
    single.features?.views = 1
    guard backbones.allSatisfy({ $0.featurePreprocessing == single }) else {
      throw FileError(
        path, "has the backbone \(backbones[0].origin), and the data holds \(features)",
        advice: "Pass the pictures")
    }
    return try head(after: backbones, capacity: capacity, pool: pool)
  }

  private func plainClassifier(capacity: Int, pool: ComputePool) throws -> any Classifier {
    guard computesFeaturesFirst else {
      return memberCount == nil
        ? try network(capacity: capacity, pool: pool) : Ensemble(try members(capacity: capacity, pool: pool))
    }
    let backbones = try memberPrefixes.map { try Backbone(self, prefix: $0) }
    func combined(_ backbone: Backbone, _ head: any Classifier) -> any Classifier {
      FeatureClassifier(backbone.network, input: inputShape, head: head, pool: pool)
    }
    if backbones.allSatisfy({ $0.origin == backbones[0].origin }) {
      return combined(backbones[0], try head(after: backbones, capacity: capacity, pool: pool))
    }
    let heads = try zip(memberPrefixes, backbones).map {
      try network(capacity: capacity, pool: pool, prefix: $0, after: $1)
    }
    return Ensemble(zip(backbones, heads).map(combined))
  }

  /// The layers after the backbone, of all members.
  private func head(after backbones: [Backbone], capacity: Int, pool: ComputePool) throws -> any Classifier {
    let heads = try zip(memberPrefixes, backbones).map {
      try network(capacity: capacity, pool: pool, prefix: $0, after: $1)
    }
    return memberCount == nil ? heads[0] : Ensemble(heads)
  }

  /// Whether the layers up to the first vector are frozen, or need so much memory for a block of samples that single pictures
  /// are better, and drop nothing.
  private var computesFeaturesFirst: Bool {
    guard let last = specification.firstVectorLayer(input: inputShape, classCount: classNames.count) else {
      return false
    }
    guard let memory = try? pictureMemory, memory <= Backbone.pictureMemoryLimit else { return false }
    let layers = specification.layers[...last.index]
    let drops = NetworkSpecification(layers: Array(layers)).dropoutRates.contains { $0 > 0 }
    return !drops
      && (layers.allSatisfy { !$0.isTrainable }
        || Network.isLarge(specification, input: inputShape, classCount: classNames.count))
  }
}

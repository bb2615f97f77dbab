import WhiskerNN

extension Activations {
  /// Ones for every feature of `count` samples.
  convenience init(ones count: Int, features: Int) {
    self.init(features: features, capacity: count)
    for sample in 0..<count {
      for feature in 0..<features { self[sample, feature] = 1 }
    }
  }

  /// The first `count` samples, `[count, features]`.
  func rows(_ count: Int) -> [Float] {
    (0..<count).flatMap { sample in (0..<features).map { self[sample, $0] } }
  }
}

import WhiskerTensor

/// Random pictures with random labels: nothing in them can be learned but by heart. A sample is a pure function of the seed
/// and its index.
struct NoiseDataset: Dataset {
  let classNames: [String]
  let preprocessing: Preprocessing
  let count: Int
  let seed: UInt64

  private static let (pictures, labels): (UInt32, UInt32) = (0, 1)

  var isWorthCaching: Bool { true }

  func label(at index: Int) -> Int {
    var random = stream(Self.labels, index)
    return random.next(below: classNames.count)
  }

  func name(at index: Int) -> String { "noise#\(index)" }

  func read(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) {
    var random = stream(Self.pictures, index)
    for place in stride(from: 0, to: pixels.count, by: MemoryLayout<UInt64>.size) {
      let word = random.next()
      let end = min(place + MemoryLayout<UInt64>.size, pixels.count)
      for byte in place..<end { pixels[byte] = UInt8(truncatingIfNeeded: word >> (8 * (byte - place))) }
    }
  }

  /// No two are alike, but for a chance that nobody will see.
  func copies(lanes: BatchStream.Lanes) -> CopyGroups { .none }

  private func stream(_ step: UInt32, _ index: Int) -> RandomStream {
    RandomStream(seed: seed, purpose: .noise, step: step, index: UInt32(index))
  }
}

/// Data sets that are made of numbers alone.
public enum SyntheticData: Sendable, Codable, Equatable {
  /// 2,000 random pictures with random labels of two classes.
  ///
  /// It is the stand-in of the tutorial that the presets come from, whose label code builds an array of 28 by 28, from the
  /// picture's size, so that its `fit` would refuse it. Here, as it must have been meant, each of the 2,000 pictures has a
  /// label of its own, drawn evenly from the two classes.
  case noise(seed: UInt64)

  private static let noiseCount = 2000
  private static let noiseClasses = ["0", "1"]

  /// The data set, with pictures of the wanted size and colours.
  public func source(_ preprocessing: Preprocessing) -> DataSource {
    switch self {
    case .noise(let seed):
      let noise = NoiseDataset(
        classNames: Self.noiseClasses, preprocessing: preprocessing, count: Self.noiseCount, seed: seed)
      return DataSource(
        path: "noise", kind: .synthetic, classNames: noise.classNames, preprocessing: preprocessing,
        parts: [.training: noise],
        notes: ["the labels are random: the best that can be done on new pictures is to guess"], refused: [])
    }
  }
}

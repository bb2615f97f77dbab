import WhiskerCore

/// Random pictures with random labels, of which a network can only memorise the training samples. A sample is a pure function
/// of the seed and its index.
private struct NoiseDataset: CopyFinder {
  let info: DatasetInfo
  let seed: UInt64

  private static let (pictures, labels): (UInt32, UInt32) = (0, 1)

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

  /// None: the probability of two equal pictures is negligible.
  func findCopies(readAhead: ReadAhead) -> CopyGroups { .none }

  private func stream(_ step: UInt32, _ index: Int) -> RandomStream {
    RandomStream(seed: seed, purpose: .noise, step: step, index: UInt32(index))
  }
}

extension DataSource.Kind {
  /// Random pictures.
  public static let synthetic = DataSource.Kind(rawValue: "random pictures and labels")
}

/// Datasets that are generated.
public enum SyntheticData: Sendable, Codable, Equatable {
  /// 2,000 random pictures with random labels of two classes.
  ///
  /// The placeholder data of the tutorial that the presets come from, with one label per picture, drawn evenly from the two
  /// classes.
  case noise(seed: UInt64)

  private static let noiseCount = 2000
  private static let noiseClasses = ["0", "1"]

  /// The dataset, with pictures of the wanted size and colours.
  public func source(_ preprocessing: Preprocessing) -> DataSource {
    switch self {
    case .noise(let seed):
      let noise = NoiseDataset(
        info: DatasetInfo(
          count: Self.noiseCount, classNames: Self.noiseClasses, preprocessing: preprocessing.kept,
          isWorthCaching: true),
        seed: seed)
      return DataSource(
        path: "noise", kind: .synthetic, classNames: noise.classNames, preprocessing: preprocessing.kept,
        splits: [.training: noise],
        notes: ["the labels are random: on new pictures, no network can do better than guess"]
      ).resized(to: preprocessing)
    }
  }
}

import WhiskerTraining
import WhiskerData

/// The first training samples of each class side by side, as the network's input.
struct SampleStrips {
  /// A picture per class, by label; nil where no sample of the class can be read.
  let strips: [EventImage?]

  /// The maximum number of samples per class, of all samples, and of classes.
  private static let perClass = 8
  private static let inAll = 48
  private static let classLimit = 24
  /// The bytes of all samples: there are fewer large ones.
  private static let byteBudget = 1 << 20
  private static let gap = 2

  /// Reads the samples, of a few classes only where there are many.
  /// - Parameter augmenter: The augmentation; nil for none.
  /// - Throws: `ResourceError` when the machine runs out of something.
  init(_ samples: SampleSet, _ augmenter: Augmenter?) throws {
    let (dataset, preprocessing) = (samples.dataset, samples.dataset.preprocessing)
    let inAll = min(Self.inAll, max(2, Self.byteBudget / preprocessing.sampleSize))
    let classCount = min(dataset.classNames.count, Self.classLimit, inAll)
    let chosen = Self.first(min(Self.perClass, inAll / classCount), of: samples, classCount)
    var pictures = [[UInt8]](repeating: [], count: classCount)
    if !chosen.isEmpty {
      let stream = BatchStream(
        dataset, order: chosen, batchSize: chosen.count, readAhead: ReadAhead(workers: 0),
        augmenter: augmenter)
      while let batch = try stream.next() {
        for (row, label) in batch.labels.enumerated() {
          let start = row * preprocessing.sampleSize
          pictures[Int(label)] += batch.images[start..<start + preprocessing.sampleSize]
        }
      }
    }
    strips = pictures.map { $0.isEmpty ? nil : Self.strip($0, preprocessing) }
  }

  /// The first `most` samples of each of the first classes.
  private static func first(_ most: Int, of samples: SampleSet, _ classCount: Int) -> [SampleIndex] {
    var missing = [Int](repeating: most, count: classCount)
    var left = classCount * most
    return samples.indices.filter { index in
      guard left > 0 else { return false }
      let label = samples.dataset.label(at: Int(index))
      guard label < classCount, missing[label] > 0 else { return false }
      missing[label] -= 1
      left -= 1
      return true
    }
  }

  private static func strip(_ pictures: [UInt8], _ preprocessing: Preprocessing) -> EventImage {
    let (width, size) = (preprocessing.width, preprocessing.sampleSize)
    let count = pictures.count / size
    var image = EventImage(
      height: preprocessing.height, width: count * (width + gap) - gap,
      background: Array(repeating: 255, count: preprocessing.channels))
    for place in 0..<count {
      image.draw(
        pictures[place * size..<(place + 1) * size], width: width, x: place * (width + gap), y: 0)
    }
    return image
  }
}

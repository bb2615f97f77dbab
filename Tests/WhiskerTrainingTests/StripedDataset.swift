import WhiskerData
import WhiskerCore

/// Pictures of stripes in memory: class 0 upright, class 1 level, with noise. Easy to learn, and as many as wanted.
struct StripedDataset: Dataset {
  var preprocessing = Preprocessing(height: 8, width: 8)
  let count: Int
  /// The samples that cannot be read.
  var broken: Set<Int> = []
  /// Whether labels are drawn at random instead.
  var isNoise = false

  var info: DatasetInfo {
    DatasetInfo(count: count, classNames: ["upright", "level"], preprocessing: preprocessing)
  }

  func label(at index: Int) -> Int {
    guard isNoise else { return index % 2 }
    var random = RandomStream(seed: 1, purpose: .samples, index: UInt32(index))
    return random.next(below: 2)
  }

  func name(at index: Int) -> String { "stripes/\(index).png" }

  func read(_ index: Int, into pixels: UnsafeMutableRawBufferPointer) throws {
    guard !broken.contains(index) else { throw FileError(name(at: index), "is broken") }
    var random = RandomStream(seed: 2, purpose: .samples, index: UInt32(index))
    let phase = random.next(below: 4)
    for position in 0..<pixels.count {
      let along = index % 2 == 0 ? position % 8 : position / 8
      let stripe = (along + phase) / 2 % 2 == 0 ? 60 : 160
      pixels[position] = UInt8(stripe + random.next(below: 60))
    }
  }
}

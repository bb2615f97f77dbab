import CKernels

/// A stream of random numbers that is a pure function of (seed, purpose, step, index), so it does not depend on numbers drawn
/// elsewhere.
///
/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011). The key is the seed and the
/// counter is (block, index, step, purpose).
public struct RandomStream: RandomNumberGenerator, Sendable {
  /// The use of a stream. Raw values must never change, because trained models depend on them.
  public enum Purpose: UInt32, Sendable {
    /// Masks of dropout layers, generated inside the kernels.
    case dropout = 1
    /// Initial weights; `step` is the index of the layer.
    case initialWeights = 2
    /// The order of the samples in an epoch; `step` is the epoch.
    case epochOrder = 3
    /// The split into training and validation sets; `step` is the class.
    case split = 4
    /// Generated sample pictures; `index` is the picture.
    case samples = 5
    /// Augmentation; `step` is the epoch, `index` the sample, and `variant` the kind, 0 for the kinds that share a stream.
    case augmentation = 6
    /// Noise added by augmentation; `step` is the epoch, `index` the sample.
    case augmentationNoise = 7
    /// Pixels dropped by augmentation; `step` is the epoch, `index` the sample.
    case augmentationDropout = 8
    /// Keys of DropConnect masks; `step` is the training step, `index` the first sample that uses the mask.
    case dropConnect = 9
    /// Random pictures and labels; `step` selects which of the two, `index` is the sample.
    case noise = 10
    /// The shares of mixed samples; `step` is the epoch, `index` the sample.
    case mixing = 11
  }

  private let seed: UInt64
  private var counter: (UInt32, UInt32, UInt32, UInt32)
  private var words: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
  private var unused = 0

  /// The stream of `purpose` at `step` and `index`.
  /// - Parameter variant: Selects one of the independent streams of the purpose.
  public init(
    seed: UInt64, purpose: Purpose, step: UInt32 = 0, index: UInt32 = 0, variant: UInt16 = 0
  ) {
    self.seed = seed
    counter = (0, index, step, purpose.rawValue << 16 | UInt32(variant))
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    if unused == 0 { fill() }
    unused -= 1
    return unused == 1
      ? UInt64(words.1) << 32 | UInt64(words.0)
      : UInt64(words.3) << 32 | UInt64(words.2)
  }

  /// A uniform integer in `0 ..< bound`, by multiplication (Lemire, 2019); the bias is below `bound` / 2^64.
  public mutating func next(below bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A uniform number in [0, 1) with 53 random bits.
  public mutating func unit() -> Double { Self.unit(next()) }

  /// Converts 64 random bits to a number in [0, 1).
  package static func unit(_ word: UInt64) -> Double { Double(word >> 11) * 0x1p-53 }

  /// Shuffles `values` (Fisher and Yates). The result does not depend on the version of Swift.
  public mutating func shuffle<Element>(_ values: inout [Element]) {
    values.withUnsafeMutableBufferPointer { shuffle($0) }
  }

  /// Shuffles a buffer in place.
  public mutating func shuffle<Element>(_ values: UnsafeMutableBufferPointer<Element>) {
    guard values.count > 1 else { return }
    for last in stride(from: values.count - 1, to: 0, by: -1) {
      values.swapAt(last, next(below: last + 1))
    }
  }

  /// Fills a buffer with the values that repeated calls of `next()` would return.
  package mutating func fill(_ drawn: UnsafeMutableBufferPointer<UInt64>) {
    var place = 0
    while unused > 0, place < drawn.count {
      drawn[place] = next()
      place += 1
    }
    let blocks = (drawn.count - place) / 2
    drawBlocks(blocks, to: UnsafeMutableBufferPointer(rebasing: drawn[place..<place + 2 * blocks]))
    for place in (place + 2 * blocks)..<drawn.count { drawn[place] = next() }
  }

  private mutating func drawBlocks(_ blocks: Int, to drawn: UnsafeMutableBufferPointer<UInt64>) {
    withUnsafeBytes(of: counter) { from in
      let words = UnsafeMutableRawBufferPointer(drawn).bindMemory(to: UInt32.self)
      guard let first = words.baseAddress else { return }
      whisker_philox_blocks(
        seed, from.assumingMemoryBound(to: UInt32.self).baseAddress!, Int64(blocks), first)
    }
    for place in drawn.indices { drawn[place] = UInt64(littleEndian: drawn[place]) }
    counter.0 += UInt32(blocks)
  }

  private mutating func fill() {
    withUnsafeBytes(of: counter) { from in
      withUnsafeMutableBytes(of: &words) { to in
        whisker_philox(
          seed, from.assumingMemoryBound(to: UInt32.self).baseAddress!,
          to.assumingMemoryBound(to: UInt32.self).baseAddress!)
      }
    }
    counter.0 += 1
    unused = 2
  }
}

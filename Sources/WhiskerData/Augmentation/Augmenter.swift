import WhiskerCore

/// Augments the samples of one epoch. The result for a sample is a pure function of (seed, epoch, index, strengths): neither
/// its neighbours in a batch nor the worker that reads it matter, nor does one kind of augmentation for another.
public struct Augmenter: Sendable {
  private let seed: UInt64
  private let epoch: UInt32
  private let shape: Preprocessing
  private let motions: [@Sendable (inout Augmentation.SampleRandom, inout Motion) -> Void]
  private let changes:
    [@Sendable (inout Augmentation.SampleRandom, UnsafeMutableBufferPointer<UInt8>) -> Void]

  /// Augments samples of the shape that `preprocessing` gives, in an epoch counted from 1.
  public init(_ augmentation: Augmentation, _ preprocessing: Preprocessing, seed: UInt64, epoch: Int) {
    self.init(augmentation, of: Augmentation.Kind.allCases, preprocessing, seed: seed, epoch: epoch)
  }

  /// Augments samples with the given kinds, in this order.
  package init(
    _ augmentation: Augmentation, of kinds: [Augmentation.Kind], _ preprocessing: Preprocessing, seed: UInt64,
    epoch: Int
  ) {
    precondition(augmentation.isValid, "strengths are within their limits")
    (self.seed, self.epoch) = (seed, UInt32(truncatingIfNeeded: epoch))
    shape = preprocessing
    let steps = kinds.compactMap { $0.step(augmentation[strength: $0], preprocessing) }
    motions = steps.compactMap { if case .motion(let move) = $0 { move } else { nil } }
    changes = steps.compactMap { if case .pixels(let change) = $0 { change } else { nil } }
  }

  /// Augments a sample, `[height, width, channels]`, in place: its motion, and then its pixels.
  public func apply(to pixels: UnsafeMutableBufferPointer<UInt8>, index: SampleIndex) {
    var random = Augmentation.SampleRandom(seed: seed, epoch: epoch, index: index)
    let motion = motion(&random)
    if motion != Motion() { apply(motion, to: pixels) }
    for change in changes { change(&random, pixels) }
  }

  /// Makes an augmented sample, `[height, width, channels]`, of a picture as it is kept, in one resampling.
  func apply(
    from picture: UnsafeBufferPointer<UInt8>, to pixels: UnsafeMutableBufferPointer<UInt8>, index: SampleIndex
  ) {
    var random = Augmentation.SampleRandom(seed: seed, epoch: epoch, index: index)
    let motion = motion(&random)
    if motion.isMirroringAlone {
      _ = pixels.update(fromContentsOf: Resizing(shape).sample(of: picture))
      if motion.isMirrored { apply(motion, to: pixels) }
    } else {
      Resampling(source: shape.kept, target: shape).apply(motion, from: picture, to: pixels)
    }
    for change in changes { change(&random, pixels) }
  }

  private func motion(_ random: inout Augmentation.SampleRandom) -> Motion {
    var motion = Motion()
    for move in motions { move(&random, &motion) }
    return motion
  }

  private func apply(_ motion: Motion, to pixels: UnsafeMutableBufferPointer<UInt8>) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: pixels.count) { copy in
      _ = copy.initialize(from: pixels)
      let picture = UnsafeBufferPointer(copy)
      guard motion.crop == nil else {
        return Resampling(source: shape, target: shape).apply(motion, from: picture, to: pixels)
      }
      motion.apply(
        from: picture, to: pixels, height: shape.height, width: shape.width, channels: shape.channels)
    }
  }
}

extension RandomStream {
  /// Calls `body` with `count` random numbers of 16 bits, each with its place.
  @inline(__always)
  func forEachNumber(count: Int, _ body: (_ place: Int, _ number: UInt16) -> Void) {
    var stream = self
    let block = 512
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: block / 4) { words in
      for start in stride(from: 0, to: count, by: block) {
        let drawn = min(block, count - start)
        stream.fill(UnsafeMutableBufferPointer(rebasing: words[..<((drawn + 3) / 4)]))
        for place in 0..<drawn {
          body(start &+ place, UInt16(truncatingIfNeeded: words[place >> 2] >> (16 &* UInt64(place & 3))))
        }
      }
    }
  }
}

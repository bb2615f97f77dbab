import WhiskerTensor

/// Varies the samples of one epoch. What becomes of a sample is a pure function of (seed, epoch, index, strengths): neither
/// its neighbours in a batch nor the lane that it was read on matter, nor does one kind of variation for another.
public struct Augmenter: Sendable {
  private let augmentation: Augmentation
  private let seed: UInt64
  private let epoch: UInt32
  private let height: Int
  private let width: Int
  private let channels: Int
  /// What the noise adds, to be picked from at random; empty where there is none.
  private let noise: [Int16]
  /// What becomes of a value that is not dropped.
  private let kept: [UInt8]
  /// A random number of 16 bits below this drops a pixel.
  private let dropLimit: UInt32

  /// Varies samples of the shape that `preprocessing` gives, in an epoch counted from 1.
  public init(_ augmentation: Augmentation, _ preprocessing: Preprocessing, seed: UInt64, epoch: Int) {
    precondition(augmentation.isValid, "strengths are within their limits")
    (self.augmentation, self.seed, self.epoch) = (augmentation, seed, UInt32(truncatingIfNeeded: epoch))
    (height, width, channels) = (preprocessing.height, preprocessing.width, preprocessing.channels)
    let deviation = augmentation.noise * 255
    noise = deviation > 0 ? GaussianTable.values.map { Int16(($0 * deviation).rounded()) } : []
    let factor = 1 / (1 - augmentation.dropout)
    kept = (0...255).map { UInt8(min(max(127.5 + (Double($0) - 127.5) * factor, 0), 255).rounded()) }
    dropLimit = UInt32((augmentation.dropout * 65536).rounded())
  }

  /// Varies a sample, `[height, width, channels]`, in place: its geometry, then its brightness, then noise, then
  /// dropout.
  public func apply(to pixels: UnsafeMutableBufferPointer<UInt8>, index: SampleIndex) {
    var random = stream(.augmentation, index)
    // All are drawn whatever the strengths, so that one kind's numbers are the same with and without the others.
    var motion = Motion()
    motion.isMirrored = random.unit() < augmentation.flip
    motion.right = random.signed() * augmentation.shift * Double(width)
    motion.down = random.signed() * augmentation.shift * Double(height)
    motion.degrees = random.signed() * augmentation.rotate
    let factor = 1 + random.signed() * augmentation.brightness
    if motion != Motion() { move(pixels, motion) }
    if factor != 1 { scale(pixels, by: factor) }
    if !noise.isEmpty { addNoise(to: pixels, index) }
    if dropLimit > 0 { drop(from: pixels, index) }
  }

  private func stream(_ purpose: RandomStream.Purpose, _ index: SampleIndex) -> RandomStream {
    RandomStream(seed: seed, purpose: purpose, step: epoch, index: index)
  }

  private func move(_ pixels: UnsafeMutableBufferPointer<UInt8>, _ motion: Motion) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: pixels.count) { copy in
      _ = copy.initialize(from: pixels)
      motion.apply(
        from: UnsafeBufferPointer(copy), to: pixels, height: height, width: width, channels: channels)
    }
  }

  private func scale(_ pixels: UnsafeMutableBufferPointer<UInt8>, by factor: Double) {
    let factor = UInt32((factor * 65536).rounded())
    for place in pixels.indices {
      pixels[place] = UInt8(truncatingIfNeeded: min((UInt32(pixels[place]) &* factor &+ 32768) >> 16, 255))
    }
  }

  private func addNoise(to pixels: UnsafeMutableBufferPointer<UInt8>, _ index: SampleIndex) {
    noise.withUnsafeBufferPointer { noise in
      forEachNumber(of: stream(.augmentationNoise, index), count: pixels.count) { place, number in
        let value = Int16(pixels[place]) &+ noise[Int(number) & (1 << GaussianTable.bits - 1)]
        pixels[place] = UInt8(truncatingIfNeeded: min(max(value, 0), 255))
      }
    }
  }

  /// Dropout as of an input layer (Srivastava et al., "Dropout", JMLR 15, 2014), inverted: a dropped pixel becomes middle
  /// gray, which the network sees as 0, and the distance of the others from it is divided by 1 - rate, as far as the
  /// range of values allows.
  private func drop(from pixels: UnsafeMutableBufferPointer<UInt8>, _ index: SampleIndex) {
    kept.withUnsafeBufferPointer { kept in
      forEachNumber(of: stream(.augmentationDropout, index), count: height * width) { pixel, number in
        let isDropped = UInt32(number) < dropLimit
        // The middle lies between two values, which are as likely.
        let gray = UInt8(truncatingIfNeeded: 127 &+ number & 1)
        for place in pixel &* channels..<(pixel &+ 1) &* channels {
          pixels[place] = isDropped ? gray : kept[Int(pixels[place])]
        }
      }
    }
  }

  /// Calls `body` with as many random numbers of 16 bits, each with its place.
  @inline(__always)
  private func forEachNumber(
    of stream: RandomStream, count: Int, _ body: (_ place: Int, _ number: UInt16) -> Void
  ) {
    var stream = stream
    let numbersAtOnce = 512
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: numbersAtOnce / 4) { words in
      for start in stride(from: 0, to: count, by: numbersAtOnce) {
        let drawn = min(numbersAtOnce, count - start)
        stream.fill(UnsafeMutableBufferPointer(rebasing: words[..<((drawn + 3) / 4)]))
        for place in 0..<drawn {
          body(start &+ place, UInt16(truncatingIfNeeded: words[place >> 2] >> (16 &* UInt64(place & 3))))
        }
      }
    }
  }
}

extension RandomStream {
  /// A number drawn evenly from -1 up to, not including, 1.
  fileprivate mutating func signed() -> Double { 2 * unit() - 1 }
}

import Glibc
import WhiskerCore

/// The mixing of training samples of a batch in pairs: mixup and CutMix.
///
/// Each sample is mixed with the next one of a group of 16 consecutive samples of the batch, and the last with the first. Several
/// processes divide a batch by groups, so that their number changes nothing. The share of a sample's own pixels is drawn from
/// a beta distribution, at least a half; its target is the mixture of both labels in the same shares. Of a batch, each sample
/// draws its own share, a pure function of (seed, epoch, sample).
public struct SampleMixing: Sendable, Equatable, Codable {
  /// The parameter a of the distribution Beta(a, a) of mixup's shares, above 0; nil for no mixup. Mixup averages both pictures
  /// (Zhang et al., "mixup: Beyond Empirical Risk Minimization", ICLR 2018).
  public var mixup: Double?
  /// The parameter of CutMix's shares, above 0; nil for no CutMix. CutMix replaces a rectangle by that of the other picture
  /// (Yun et al., "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable Features", ICCV 2019).
  public var cutmix: Double?

  /// The parameters of a beta distribution. Below, shares are 0 or 1.
  public static let range = 0.01...100.0
  /// The samples of a group.
  private static let groupSize = 16

  /// With both kinds, each sample draws one of them evenly.
  public init(mixup: Double? = nil, cutmix: Double? = nil) { (self.mixup, self.cutmix) = (mixup, cutmix) }

  /// Whether the parameters are in their ranges.
  public var isValid: Bool { [mixup, cutmix].compactMap(\.self).allSatisfy(Self.range.contains) }

  /// The number of consecutive samples of a batch that stay with one process.
  package var grain: Int { isIdentity ? 1 : Self.groupSize }

  /// Whether samples stay as they are.
  public var isIdentity: Bool { mixup == nil && cutmix == nil }

  /// The second labels of a batch's samples, and their shares.
  public struct SecondLabels: Sendable, Equatable {
    /// The class indices, `[count]`.
    public var labels: [Int32]
    /// The shares in the targets, 0 to 1/2, `[count]`.
    public var shares: [Double]
  }

  /// The batch with mixed pixels.
  /// - Parameter shape: The shape of the samples.
  package func mixed(_ batch: Batch, _ shape: Preprocessing, seed: UInt64, epoch: Int) -> Batch {
    guard !isIdentity, batch.count > 1 else { return batch }
    let (images, size) = (batch.images, shape.sampleSize)
    var mixed = batch
    var second = SecondLabels(labels: [], shares: [])
    let pixels = images.withUnsafeBufferPointer { images in
      [UInt8](unsafeUninitializedCapacity: images.count) { pixels, filled in
        _ = pixels.initialize(from: images)
        filled = images.count
        for row in 0..<batch.count {
          let first = row / Self.groupSize * Self.groupSize
          let other = first + (row - first + 1) % min(Self.groupSize, batch.count - first)
          var random = RandomStream(
            seed: seed, purpose: .mixing, step: UInt32(truncatingIfNeeded: epoch), index: batch.indices[row])
          second.labels.append(batch.labels[other])
          second.shares.append(
            mix(
              UnsafeMutableBufferPointer(rebasing: pixels[row * size..<(row + 1) * size]),
              with: UnsafeBufferPointer(rebasing: images[other * size..<(other + 1) * size]), shape, &random))
        }
      }
    }
    mixed.pixels = .copied(pixels, sampleSize: size)
    mixed.second = second
    return mixed
  }

  /// Mixes another sample into one.
  /// - Returns: The share of the other one.
  private func mix(
    _ pixels: UnsafeMutableBufferPointer<UInt8>, with other: UnsafeBufferPointer<UInt8>,
    _ shape: Preprocessing,
    _ random: inout RandomStream
  ) -> Double {
    let cuts = random.unit() < 0.5
    if let cutmix, cuts || mixup == nil {
      return paste(other, into: pixels, shape, share: Self.share(cutmix, &random), &random)
    }
    guard let mixup else { return 0 }
    // In 256ths, so that the sum of two products is an integer.
    let weight = Int32((Self.share(mixup, &random) * 256).rounded())
    for place in pixels.indices {
      let sum = Int32(pixels[place]) * (256 - weight) + Int32(other[place]) * weight
      pixels[place] = UInt8(truncatingIfNeeded: (sum + 128) >> 8)
    }
    return Double(weight) / 256
  }

  /// Replaces a rectangle of a sample, which has its proportions and lies within it.
  /// - Returns: The rectangle's share of the area.
  private func paste(
    _ other: UnsafeBufferPointer<UInt8>, into pixels: UnsafeMutableBufferPointer<UInt8>,
    _ shape: Preprocessing,
    share: Double, _ random: inout RandomStream
  ) -> Double {
    let side = share.squareRoot()
    let height = Int((side * Double(shape.height)).rounded())
    let width = Int((side * Double(shape.width)).rounded())
    let top = random.next(below: shape.height - height + 1),
      left = random.next(below: shape.width - width + 1)
    for row in top..<top + height {
      let start = (row * shape.width + left) * shape.channels
      let line = start..<start + width * shape.channels
      _ = UnsafeMutableBufferPointer(rebasing: pixels[line]).update(fromContentsOf: other[line])
    }
    return Double(height * width) / Double(shape.height * shape.width)
  }

  /// The smaller one of two shares that are distributed as Beta(a, a), by Jöhnk's method ("Erzeugung von betaverteilten und
  /// gammaverteilten Zufallszahlen", Metrika 1964) for a up to 1, and as the ratio of two sums of exponential variates above,
  /// where a is rounded to an integer.
  private static func share(_ parameter: Double, _ random: inout RandomStream) -> Double {
    guard parameter <= 1 else {
      let (first, second) = (
        gamma(Int(parameter.rounded()), &random), gamma(Int(parameter.rounded()), &random)
      )
      return min(first, second) / (first + second)
    }
    while true {
      let first = pow(random.unit(), 1 / parameter), second = pow(random.unit(), 1 / parameter)
      if first + second > 0, first + second <= 1 { return min(first, second) / (first + second) }
    }
  }

  /// A gamma variate of integer shape.
  private static func gamma(_ shape: Int, _ random: inout RandomStream) -> Double {
    (0..<shape).reduce(0) { sum, _ in sum - log(1 - random.unit()) }
  }
}

extension SampleMixing: CustomStringConvertible {
  /// The kinds with their parameters: "mixup 0.2, CutMix 1".
  public var description: String {
    isIdentity
      ? "none"
      : [mixup.map { "mixup \(plain($0))" }, cutmix.map { "CutMix \(plain($0))" }].compactMap(\.self)
        .joined(separator: ", ")
  }
}

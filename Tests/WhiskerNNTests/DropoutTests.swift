import Foundation
import Testing
import WhiskerNN
import WhiskerCore

@Suite struct DropoutTests {
  private let rows = 40
  private let features = 5408

  /// The output of a dropout layer for ones.
  @Test func aRateNextToOneDropsAlmostEverythingAndStaysFinite() {
    let mask = mask(rate: 0.9999999, pass: .training(seed: 1, step: 7))
    let finite = mask.count { $0.isFinite }
    let dropped = mask.count { $0 == 0 }
    #expect(finite == mask.count)
    #expect(dropped > mask.count * 99 / 100)
  }

  private func mask(rate: Double, layer: Int = 3, pass: Pass, threads: Int = 2) -> [Float] {
    let dropout = Dropout(
      index: layer, rate: rate, features: features, capacity: rows, pool: ComputePool(threads: threads))
    let ones = Activations(ones: rows, features: features)
    return dropout.forward(ones, count: rows, pass: pass).rows(rows)
  }

  @Test(arguments: [0.1, 0.25, 0.3, 0.5, 0.9])
  func dropsItsShareAndDividesByWhatItKeeps(rate: Double) {
    let mask = mask(rate: rate, pass: .training(seed: 1, step: 7))
    let dropped = Double(mask.count { $0 == 0 }) / Double(mask.count)
    // Five standard deviations of a binomial proportion.
    let tolerance = 5 * (rate * (1 - rate) / Double(mask.count)).squareRoot()
    #expect(abs(dropped - rate) < tolerance)
    #expect(mask.allSatisfy { $0 == 0 || abs(Double($0) * (1 - rate) - 1) < 1e-4 })
  }

  @Test func neighboursAreDroppedIndependently() {
    let mask = mask(rate: 0.5, pass: .training(seed: 9, step: 0)).map { $0 == 0 ? -1.0 : 1.0 }
    for distance in [1, 2, 4, 16, 64, 128, features] {
      let pairs = mask.count - distance
      let correlation = (0..<pairs).reduce(0.0) { $0 + mask[$1] * mask[$1 + distance] } / Double(pairs)
      #expect(abs(correlation) < 5 / Double(pairs).squareRoot(), "distance \(distance)")
    }
  }

  @Test func maskDependsOnSeedStepLayerAndRowAlone() {
    let pass = Pass.training(seed: 4, step: 2)
    let mask = mask(rate: 0.5, pass: pass)
    #expect(mask == self.mask(rate: 0.5, pass: pass, threads: 1))
    #expect(mask == self.mask(rate: 0.5, pass: pass, threads: 5))
    #expect(mask != self.mask(rate: 0.5, pass: .training(seed: 5, step: 2)))
    #expect(mask != self.mask(rate: 0.5, pass: .training(seed: 4, step: 3)))
    #expect(mask != self.mask(rate: 0.5, layer: 4, pass: pass))
    #expect(mask[..<features] != mask[features..<2 * features])
  }

  @Test func evaluationDropsNothing() {
    #expect(mask(rate: 0.5, pass: .inference).allSatisfy { $0 == 1 })
  }

  @Test func gradientPassesWhereTheValueDid() {
    let dropout = Dropout(
      index: 0, rate: 0.4, features: features, capacity: rows, pool: ComputePool(threads: 2))
    let ones = Activations(ones: rows, features: features)
    let output = dropout.forward(ones, count: rows, pass: .training(seed: 3, step: 3)).rows(rows)
    let back = dropout.backward(ones, count: rows, needsInputGradient: true, step: nil)
    #expect(back?.rows(rows) == output)
  }

  /// Sixteen bits of Philox per feature, with eight features per counter, compared to an independent implementation of the
  /// generator (the round function of Salmon et al. 2011 in Python).
  @Test func maskIsPhilox() {
    let key: UInt64 = 0x1234_5678_9ABC_DEF0
    let dropout = Dropout(index: 2, rate: 0.5, features: 16, capacity: 20, pool: ComputePool(threads: 1))
    let output = dropout.forward(
      Activations(ones: 20, features: 16), count: 20, pass: .training(seed: key, step: 6))
    #expect(
      Self.philoxBits.keys.allSatisfy { row in
        (0..<16).map { output[row, $0] == 0 ? 0 : 1 } == Self.philoxBits[row]
      })
  }

  // python: for row in (1, 17): words = [w for c in (0, 1) for w in philox4x32((c, row, 6, 1 << 16 | 2), key)];
  // kept = [half >= 32768 for word in words for half in (word & 0xFFFF, word >> 16)]
  private static let philoxBits = [
    1: [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1],
    17: [1, 0, 1, 1, 1, 1, 0, 0, 0, 1, 1, 0, 1, 1, 0, 1],
  ]
}

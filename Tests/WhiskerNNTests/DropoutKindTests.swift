import Foundation
import Testing
import WhiskerNN
import WhiskerCore

/// Spatial and Gaussian dropout; DropoutTests has the standard kind.
@Suite struct DropoutKindTests {
  private let rows = 40
  private let channels = 53
  private let area = 30
  private var features: Int { channels * area }

  /// The output of a layer for ones.
  private func factors(
    _ kind: Dropout.Kind, _ rate: Double, layer: Int = 3, _ pass: Pass, threads: Int = 2
  ) -> [Float] {
    let dropout = Dropout(
      index: layer, rate: rate, kind, features: features, capacity: rows, pool: ComputePool(threads: threads))
    return dropout.forward(Activations(ones: rows, features: features), count: rows, pass: pass).rows(rows)
  }

  @Test(arguments: [0.1, 0.5, 0.9]) func spatialDropsItsShareOfWholeChannels(rate: Double) {
    let factors = factors(.channels(channels), rate, .training(seed: 1, step: 7))
    let perChannel = (0..<rows * channels).map { factors[$0 * area..<($0 + 1) * area] }
    #expect(perChannel.allSatisfy { Set($0).count == 1 })
    let dropped = Double(perChannel.count { $0.first == 0 }) / Double(rows * channels)
    #expect(abs(dropped - rate) < 5 * (rate * (1 - rate) / Double(rows * channels)).squareRoot())
    #expect(factors.allSatisfy { $0 == 0 || abs(Double($0) * (1 - rate) - 1) < 1e-4 })
  }

  @Test(arguments: [0.1, 0.5, 0.8]) func gaussianFactorsHaveDropoutsMeanAndVarianceAndAreNormal(rate: Double)
  {
    let deviation = (rate / (1 - rate)).squareRoot()
    let values = factors(.gaussian, rate, .training(seed: 1, step: 7)).map { (Double($0) - 1) / deviation }
    let count = Double(values.count)
    // Five standard deviations of the moments of that many normal numbers.
    for (power, expected, variance) in [(1.0, 0.0, 1.0), (2, 1, 2), (3, 0, 15), (4, 3, 96)] {
      let moment = values.reduce(0) { $0 + pow($1, power) } / count
      #expect(abs(moment - expected) < 5 * (variance / count).squareRoot(), "moment \(power)")
    }
    for (limit, share) in [(0.5, 0.617075), (1.0, 0.317311), (2, 0.0455), (3, 0.0027)] {
      let beyond = Double(values.count { abs($0) > limit }) / count
      #expect(abs(beyond - share) < 5 * (share / count).squareRoot(), "beyond \(limit)")
    }
    #expect(values.allSatisfy { abs($0) < 6 })
  }

  @Test func gaussianNeighboursAreIndependent() {
    let values = factors(.gaussian, 0.5, .training(seed: 9, step: 0)).map { Double($0) - 1 }
    for distance in [1, 2, 3, 4, 8, features] {
      let pairs = values.count - distance
      let correlation = (0..<pairs).reduce(0.0) { $0 + values[$1] * values[$1 + distance] } / Double(pairs)
      #expect(abs(correlation) < 5 / Double(pairs).squareRoot(), "distance \(distance)")
      let squares = (0..<pairs).reduce(0.0) { sum, i in
        sum + (values[i] * values[i] - 1) * (values[i + distance] * values[i + distance] - 1)
      }
      #expect(
        abs(squares / Double(pairs)) < 5 * 2 / Double(pairs).squareRoot(), "squares, distance \(distance)")
    }
  }

  @Test(arguments: [true, false]) func factorsDependOnSeedStepLayerAndRowAlone(isGaussian: Bool) {
    let kind: Dropout.Kind = isGaussian ? .gaussian : .channels(channels)
    let pass = Pass.training(seed: 4, step: 2), reference = factors(kind, 0.5, pass)
    #expect(factors(kind, 0.5, pass, threads: 1) == reference)
    #expect(factors(kind, 0.5, pass, threads: 5) == reference)
    #expect(factors(kind, 0.5, .training(seed: 5, step: 2)) != reference)
    #expect(factors(kind, 0.5, .training(seed: 4, step: 3)) != reference)
    #expect(factors(kind, 0.5, layer: 4, pass) != reference)
    #expect(reference[..<features] != reference[features..<2 * features])
    #expect(factors(kind, 0.5, .inference).allSatisfy { $0 == 1 })
  }

  @Test func aDroppedPixelOfThePictureIsMiddleGrayAndTheOthersKeepTheirMean() throws {
    // With a single weight of 1, the logit is the normalised pixel.
    let network = try Network(
      NetworkSpecification(layers: [.dropout(rate: 0.4), .flatten, .dense(units: nil)]),
      input: .map(channels: 1, height: 1, width: 1), classCount: 1, capacity: 4000,
      pool: ComputePool(threads: 2))
    network.parameters[0].value[0] = 1
    for level: UInt8 in [0, 51, 255] {
      let centred = Double(level) / 255 - 0.5
      let seen = network.forward(
        [UInt8](repeating: level, count: 4000), count: 4000, pass: .training(seed: 1, step: 1)
      ).values.map(Double.init)
      #expect(seen.allSatisfy { $0 == 0 || abs($0 - centred / 0.6) < 1e-4 })
      let deviation = abs(centred) * (0.4 / 0.6 / 4000).squareRoot()
      #expect(abs(seen.reduce(0, +) / 4000 - centred) < 5 * deviation)
    }
  }

  @Test func ratesThatChangeAreThoseOfTheNextPass() throws {
    let layers: [LayerSpecification] = [
      .gaussianDropout(rate: 0.1), .convolution(filters: 4, kernel: 3), .relu, .maxPool(size: 2),
      .dropout(rate: 0.2), .spatialDropout(rate: 0.3), .flatten, .dropConnect(units: 5, rate: 0.4), .relu,
      .dropout(rate: 0.5), .dense(units: nil),
    ]
    func network(_ rates: [Double]) throws -> Network {
      let network = try Network(
        NetworkSpecification(layers: layers).withDropout(rates),
        input: .map(channels: 1, height: 8, width: 8),
        classCount: 3, capacity: 5, pool: ComputePool(threads: 2))
      network.initialize(seed: 1)
      return network
    }
    let images = (0..<5 * 64).map { UInt8($0 * 7 % 251) }
    func logits(_ network: Network) -> [Float] {
      network.forward(images, count: 5, pass: .training(seed: 1, step: 1)).values
    }
    let changed = try network([0.1, 0.2, 0.3, 0.4, 0.5]), before = logits(changed)
    let rates = [0.5, 0.4, 0.2, 0.6, 0.05]
    try changed.setDropout(rates)
    #expect(changed.specification.dropoutRates == rates)
    #expect(logits(changed) == logits(try network(rates)) && logits(changed) != before)
    #expect(throws: NetworkError.self) { try changed.setDropout([0.5, 1.5, 0, 0, 0]) }
  }
}

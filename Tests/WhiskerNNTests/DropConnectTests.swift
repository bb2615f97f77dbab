import Testing
import WhiskerNN
import WhiskerCore

@Suite struct DropConnectTests {
  private let features = 300
  private let units = 20
  private let count = 40

  private func layer(_ rate: Double, index: Int = 3, threads: Int = 2) -> DropConnect {
    DropConnect(
      index: index, weight: Parameter(name: "weight", shape: [units, features]),
      bias: Parameter(name: "bias", shape: [units]), rate: rate, capacity: count,
      pool: ComputePool(threads: threads))
  }

  private func masks(_ rate: Double, index: Int = 3, threads: Int = 2, _ pass: Pass) -> [ArraySlice<Float>] {
    let masks = layer(rate, index: index, threads: threads).masks(count, pass: pass)
    let size = features * units
    return (0..<count).map { masks[$0 * size..<($0 + 1) * size] }
  }

  @Test(arguments: [0.1, 0.5, 0.8])
  func dropsItsShareOfTheWeightsAndDividesByWhatItKeeps(rate: Double) {
    // Three blocks, each with its own mask.
    let masks = masks(rate, .training(seed: 1, step: 7)),
      drawn = [masks[0], masks[16], masks[32]].flatMap(\.self)
    let dropped = Double(drawn.count { $0 == 0 }) / Double(drawn.count)
    #expect(abs(dropped - rate) < 5 * (rate * (1 - rate) / Double(drawn.count)).squareRoot())
    #expect(drawn.allSatisfy { $0 == 0 || abs(Double($0) * (1 - rate) - 1) < 1e-4 })
  }

  @Test func aBlockSharesAMaskAndNoTwoBlocksDo() {
    let masks = masks(0.5, .training(seed: 1, step: 7))
    #expect((0..<16).allSatisfy { masks[$0].elementsEqual(masks[0]) })
    #expect((16..<32).allSatisfy { masks[$0].elementsEqual(masks[16]) })
    #expect(!masks[0].elementsEqual(masks[16]) && !masks[16].elementsEqual(masks[32]))
  }

  @Test func everySampleOfAMonteCarloPassHasAMaskOfItsOwn() {
    let pass = Pass.sampling(seed: 1, picture: 7, first: 0)
    let masks = masks(0.5, pass)
    #expect(Set(masks.map(Array.init)).count == count)
    // Masks depend on the number of the pass, not on the position in the batch.
    let later = self.masks(0.5, .sampling(seed: 1, picture: 7, first: 9))
    #expect((0..<count - 9).allSatisfy { later[$0].elementsEqual(masks[$0 + 9]) })
  }

  @Test func weightsAreDroppedIndependently() {
    let mask = masks(0.5, .training(seed: 9, step: 0))[0].map { $0 == 0 ? -1.0 : 1.0 }
    for distance in [1, 2, 8, 15, 16, 17, 128, features, 2 * features] {
      let pairs = mask.count - distance
      let correlation = (0..<pairs).reduce(0.0) { $0 + mask[$1] * mask[$1 + distance] } / Double(pairs)
      #expect(abs(correlation) < 5 / Double(pairs).squareRoot(), "distance \(distance)")
    }
  }

  @Test func masksDependOnSeedStepAndLayerAlone() {
    let pass = Pass.training(seed: 4, step: 2), reference = masks(0.5, pass)
    #expect(masks(0.5, threads: 1, pass) == reference)
    #expect(masks(0.5, threads: 5, pass) == reference)
    #expect(masks(0.5, .training(seed: 5, step: 2)) != reference)
    #expect(masks(0.5, .training(seed: 4, step: 3)) != reference)
    #expect(masks(0.5, index: 4, pass) != reference)
  }

  @Test func inferenceIsByTheMeanOfTheWeights() {
    #expect(masks(0.5, .inference).allSatisfy { $0.allSatisfy { $0 == 1 } })
    let layer = layer(0.5)
    layer.initialize(seed: 3)
    let ones = Activations(ones: count, features: features)
    let expected = layer.forward(ones, count: count, pass: .inference).rows(1)
    var sums = [Double](repeating: 0, count: units)
    let passes = 50
    for pass in 0..<passes {
      let output = layer.forward(
        ones, count: count, pass: .sampling(seed: 2, picture: 0, first: UInt32(pass * count)))
      for sample in 0..<count {
        for unit in 0..<units { sums[unit] += Double(output[sample, unit]) }
      }
    }
    for unit in 0..<units {
      // The variance of a sum of weights times factors of variance 1.
      let row = layer.weight.value.values[unit * features..<(unit + 1) * features]
      let variance = row.reduce(0.0) { $0 + Double($1 * $1) }
      let mean = sums[unit] / Double(passes * count)
      #expect(abs(mean - Double(expected[unit])) < 5 * (variance / Double(passes * count)).squareRoot())
    }
  }

  @Test func withoutDroppingItIsADenseLayer() throws {
    func logits(_ layer: LayerSpecification) throws -> [Float] {
      let network = try Network(
        NetworkSpecification(layers: [.flatten, layer]), input: .map(channels: 1, height: 20, width: 20),
        classCount: 20, capacity: 20, pool: ComputePool(threads: 2))
      network.initialize(seed: 5)
      let images = (0..<20 * 400).map { UInt8($0 * 7 % 251) }
      return network.forward(images, count: 20, pass: .training(seed: 1, step: 1)).values
    }
    for (one, other) in zip(try logits(.dropConnect(units: nil, rate: 0)), try logits(.dense(units: nil))) {
      #expect(abs(one - other) < 1e-4)
    }
  }
}

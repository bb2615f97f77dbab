import Foundation
import TestSupport
import Testing
import WhiskerCore
import WhiskerNN

@Suite struct FoldedLayersTests {
  private let pool = ComputePool(threads: 2)

  private func network(_ layers: [LayerSpecification], _ input: FeatureShape) throws -> Network {
    try Network(
      NetworkSpecification(layers: layers), input: input, classCount: RandomNetwork.classCount, capacity: 3,
      pool: pool)
  }

  private func logits(_ network: Network, _ pass: Pass) -> [Float] {
    let pixels = (0..<3 * network.inputShape.count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 / 11) }
    return network.forward(pixels, count: 3, pass: pass).values
  }

  private func folded(_ original: Network) -> FoldedLayers {
    FoldedLayers(
      original.specification.layers,
      tensors: Dictionary(uniqueKeysWithValues: original.values.map { ($0.name, $0.values.tensor) }))
  }

  @Test("A folded network computes the same, in training too", arguments: 0..<60)
  func random(_ seed: Int) throws {
    let random = RandomNetwork(seed: UInt64(seed))
    let original = try network(random.layers, random.input)
    original.randomize(seed: 4)
    let folded = folded(original)
    let network = try network(folded.layers, random.input)
    #expect(Set(network.values.map(\.name)) == Set(folded.tensors.keys))
    for (name, values) in network.values { values.assign(try #require(folded.tensors[name])) }
    let expected = logits(original, .inference)
    let largest = expected.reduce(0) { max($0, abs($1)) }
    // Statistics of a batch would differ by far more.
    for pass in [Pass.inference, .training(seed: 1, step: 1)] {
      for (value, wanted) in zip(logits(network, pass), expected) {
        #expect(abs(value - wanted) < 1e-4 * largest, "\(random.layers)")
      }
    }
  }

  @Test("Batch norm after a convolution or a dense layer is part of it, and another one stays, frozen")
  func layers() throws {
    let norm = LayerSpecification(BatchNormKind())
    var unbiased = ConvolutionKind(filters: 4, kernel: 3)
    (unbiased.hasBias, unbiased.padding) = (false, .same)
    let layers: [LayerSpecification] = [
      norm, LayerSpecification(unbiased, isTrainable: false), norm, .relu, norm,
      LayerSpecification(ResidualKind(body: [norm, LayerSpecification(unbiased), norm, norm])),
      .flatten, .dense(units: 5), norm, .dense(units: nil),
    ]
    let original = try network(layers, .map(channels: 3, height: 5, width: 4))
    original.randomize(seed: 1)
    let folded = folded(original)
    var frozen = norm
    frozen.isTrainable = false
    var convolution = unbiased
    convolution.hasBias = true
    #expect(
      folded.layers == [
        frozen, LayerSpecification(convolution), .relu, frozen,
        LayerSpecification(ResidualKind(body: [frozen, LayerSpecification(convolution)])), .flatten,
        .dense(units: 5), .dense(units: nil),
      ])
    #expect(folded.tensors["4.body.1.bias"]?.count == 4)
    #expect(folded.tensors.count == 4 + 2 + 4 + 4 + 2 + 2 + 2)
  }
}

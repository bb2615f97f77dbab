import Foundation
import Testing
import WhiskerNN
import WhiskerCore

@Suite struct NetworkTests {
  private let digit = FeatureShape.map(channels: 1, height: 28, width: 28)

  /// The presets for small pictures.
  static let presets = NetworkPreset.allCases.filter { $0.pictureSide == nil }

  private func network(
    _ preset: NetworkPreset = .dropoutCNN, capacity: Int = 32, threads: Int = 2, fuses: Bool = true
  ) throws -> Network {
    let network = try Network(
      preset.specification, input: digit, classCount: 10, capacity: capacity,
      pool: ComputePool(threads: threads),
      fuses: fuses)
    network.initialize(seed: 3)
    return network
  }

  private func images(_ count: Int) -> [UInt8] {
    var random = RandomStream(seed: 8, purpose: .samples)
    return (0..<count * 784).map { _ in UInt8(random.next(below: 256)) }
  }

  /// Counts from Keras's `summary()` of the same layers.
  @Test(arguments: [
    (NetworkPreset.dropoutCNN, 693_962), (.deepDropoutCNN, 232_650), (.mnistConvnet, 34_826),
  ])
  func presetsHaveAsManyParametersAsInKeras(_ preset: NetworkPreset, count: Int) throws {
    #expect(try network(preset).parameters.reduce(0) { $0 + $1.value.count } == count)
  }

  @Test func parametersAreNamedAsInPyTorch() throws {
    #expect(
      try network().parameters.map(\.name) == [
        "0.weight", "0.bias", "5.weight", "5.bias", "8.weight", "8.bias",
      ])
  }

  @Test func weightsStartWithinGlorotsLimitAndBiasesAtZero() throws {
    let network = try network()
    let limits = [0: (6.0 / Double(9 + 288)).squareRoot(), 2: (6.0 / Double(5408 + 128)).squareRoot()]
    for (index, limit) in limits {
      let values = network.parameters[index].value.values.map(Double.init)
      #expect(values.allSatisfy { abs($0) <= limit })
      // The variance of a uniform distribution on ±limit.
      let variance = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
      #expect(abs(variance / (limit * limit / 3) - 1) < 0.15)
    }
    #expect(network.parameters[1].value.values.allSatisfy { $0 == 0 })
  }

  @Test(arguments: [NetworkPreset.dropoutCNN, .deepDropoutCNN, .mnistConvnet], [true, false])
  func anEmptyBatchHasNoLogitsAndIsNoError(_ preset: NetworkPreset, fuses: Bool) throws {
    let network = try network(preset, fuses: fuses)
    for pass in [Pass.inference, .sampling(seed: 1, picture: 2, first: 0)] {
      _ = network.forward([], count: 0, pass: pass)
    }
  }

  @Test func anImagesLogitsDoNotDependOnItsBatch() throws {
    let network = try network()
    let images = images(29)
    let together = network.forward(images, count: 29, pass: .inference).values
    for row in [0, 7, 28] {
      let alone = network.forward(
        Array(images[row * 784..<(row + 1) * 784]), count: 1, pass: .inference)
      #expect(Array(alone.values[..<10]) == Array(together[row * 10..<row * 10 + 10]))
    }
  }

  @Test(arguments: presets)
  func threadsDoNotChangeABitOfTheGradients(_ preset: NetworkPreset) throws {
    let reference = try gradients(network(preset, threads: 1))
    for threads in [2, 3, 7] { #expect(try gradients(network(preset, threads: threads)) == reference) }
  }

  @Test(arguments: presets)
  func fusedLayersGiveWhatSeparateLayersGive(_ preset: NetworkPreset) throws {
    let fused = try gradients(network(preset)).flatMap(\.self)
    let separate = try gradients(network(preset, fuses: false)).flatMap(\.self)
    let largest = separate.map(abs).max() ?? 0
    #expect(zip(fused, separate).allSatisfy { abs($0 - $1) < 1e-5 * max(1, largest) })
  }

  private func gradients(_ network: Network) throws -> [[Float]] {
    let labels = (0..<29).map { Int32($0 % 10) }
    let gradient = Tensor(shape: [32, 10])
    let logits = network.forward(images(29), count: 29, pass: .training(seed: 2, step: 5))
    var totals = SoftmaxCrossEntropy.Totals()
    SoftmaxCrossEntropy.measure(logits, labels: labels, classCount: 10, gradient: gradient, into: &totals)
    network.backward(gradient, count: 29)
    return network.parameters.map(\.gradient.values)
  }

  @Test func colourImagesAreReadByChannel() throws {
    // A dense layer that selects one value shows its position.
    let network = try Network(
      NetworkSpecification(layers: [.flatten, .dense(units: nil)]),
      input: .map(channels: 3, height: 1, width: 2),
      classCount: 6, capacity: 1, pool: ComputePool(threads: 1))
    for index in 0..<6 { network.parameters[0].value[index * 6 + index] = 255 }
    let logits = network.forward([10, 20, 30, 40, 50, 60], count: 1, pass: .inference).values
    #expect(logits.map { ($0 + 127.5).rounded() } == [10, 40, 20, 50, 30, 60])
  }
}

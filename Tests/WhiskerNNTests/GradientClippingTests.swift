import Testing
import WhiskerCore
import WhiskerNN

@Suite struct GradientClippingTests {
  private func network(threads: Int) throws -> Network {
    let network = try Network(
      NetworkSpecification(layers: [
        .convolution(filters: 5, kernel: 3), .relu, .maxPool(size: 2), .flatten, .dense(units: 150), .relu,
        .dense(units: nil),
      ]),
      input: .map(channels: 1, height: 13, width: 13), classCount: 3, capacity: 8,
      pool: ComputePool(threads: threads))
    network.initialize(seed: 1)
    return network
  }

  /// Stores the gradients of a batch.
  private func computeGradients(_ network: Network) {
    let images = (0..<8 * 169).map { UInt8($0 * 37 % 256) }
    let gradient = Tensor(shape: [8, 3])
    var totals = SoftmaxCrossEntropy.Totals()
    SoftmaxCrossEntropy.measure(
      network.forward(images, count: 8, pass: .training(seed: 0, step: 0)), labels: [0, 1, 2, 0, 1, 2, 0, 1],
      classCount: 3, gradient: gradient, into: &totals)
    network.backward(gradient, count: 8)
  }

  private func gradients(_ network: Network) -> [Float] { network.parameters.flatMap(\.gradient.values) }

  private func norm(_ values: [Float]) -> Double {
    values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
  }

  @Test("Gradients of a higher norm are scaled to the maximum, all by the same factor") func clips() throws {
    let network = try network(threads: 2)
    computeGradients(network)
    let before = gradients(network)
    let maximum = norm(before) / 4
    let measured = GradientClipping(maximumNorm: maximum).clip(network.parameters, network.pool)
    #expect(abs(measured - norm(before)) < 1e-9 * norm(before))
    #expect(abs(norm(gradients(network)) - maximum) < 1e-6 * maximum)
    #expect(gradients(network) == before.map { $0 * 0.25 })
  }

  @Test("Gradients of a lower norm stay, and so do those that are not finite") func stays() throws {
    let network = try network(threads: 1)
    computeGradients(network)
    let before = gradients(network)
    GradientClipping(maximumNorm: norm(before) * 1.001).clip(network.parameters, network.pool)
    #expect(gradients(network) == before)
    network.parameters[0].gradient[0] = .nan
    #expect(GradientClipping(maximumNorm: 1e-3).clip(network.parameters, network.pool).isNaN)
    #expect(gradients(network).dropFirst() == before.dropFirst())
  }

  @Test("The result does not depend on the number of threads") func threads() throws {
    let results = try [1, 2, 3].map { threads in
      let network = try network(threads: threads)
      computeGradients(network)
      let norm = GradientClipping(maximumNorm: 0.01).clip(network.parameters, network.pool)
      return [norm] + gradients(network).map(Double.init)
    }
    #expect(results[0] == results[1] && results[0] == results[2])
  }
}

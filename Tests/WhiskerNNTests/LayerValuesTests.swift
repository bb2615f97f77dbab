import Foundation
import Testing
import WhiskerCore
import WhiskerNN

/// Outputs and gradients of every kind of layer, compared to the values of PyTorch from References/torch_layers.py. The convolutions
/// of many channels have small weights there, because the error of Winograd's sums is 6e-5 of the magnitude of the outputs.
@Suite struct LayerValuesTests {
  struct Case: Decodable, CustomTestStringConvertible, Sendable {
    let name: String
    let layers: [LayerSpecification]
    let input: [Int]
    let batch: Int
    let scale: Double
    let weights: Double
    /// The parameters and buffers by name, in the order of the phases of their values.
    let tensors: [String]
    let output: [Double]
    let inputGradient: [Double]
    let gradients: [String: [Double]]
    /// The running statistics after the step, and the output in evaluation that follows from them.
    let buffers: [String: [Double]]?
    let evaluation: [Double]?

    var testDescription: String { name }
    var shape: FeatureShape {
      input.count == 1 ? .vector(input[0]) : .map(channels: input[0], height: input[1], width: input[2])
    }
  }

  static let cases: [Case] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
      path: "References/torch_layers.json")
    do { return try JSONDecoder().decode([Case].self, from: Data(contentsOf: file)) } catch {
      preconditionFailure("\(file.path): \(error)")
    }
  }()

  @Test func everyKindThatComputesTheSameEveryTimeIsThere() {
    func types(_ layers: [LayerSpecification]) -> [String] {
      layers.flatMap { layer in
        [type(of: layer.kind).type] + layer.kind.branches.flatMap { types($0.layers) }
      }
    }
    let dropping = ["dropout", "spatial_dropout", "gaussian_dropout", "drop_connect"]
    #expect(
      Set(Self.cases.flatMap { types($0.layers) }) == Set(LayerSpecification.types).subtracting(dropping))
  }

  @Test(arguments: cases, [true, false]) func theValuesArePyTorchs(_ test: Case, fuses: Bool) throws {
    let layer = NetworkSpecification.sequence(
      test.layers, input: test.shape, capacity: test.batch, pool: ComputePool(threads: 2), fuses: fuses)
    fill(layer, test)
    let input = Activations(test.batch, features: test.shape.count) { index in
      test.scale * sin(1.3 * Double(index) + Double(index * index % 101))
    }
    let output = layer.forward(input, count: test.batch, pass: .training(seed: 0, step: 0))
    expect(output.rows(test.batch), test.output, "output")
    let gradient = Activations(test.batch, features: output.features) { 0.5 * cos(1.1 * Double($0)) }
    let inputGradient = try #require(
      layer.backward(gradient, count: test.batch, needsInputGradient: true, step: nil))
    expect(inputGradient.rows(test.batch), test.inputGradient, "gradient of the input")
    let trainable = layer.parameters.filter(\.isTrainable)
    #expect(Set(layer.parameters.map(\.name)) == Set(test.gradients.keys))
    for parameter in trainable {
      expect(parameter.gradient.values, try #require(test.gradients[parameter.name]), parameter.name)
    }
    guard let buffers = test.buffers, let evaluation = test.evaluation else { return }
    for buffer in layer.buffers {
      expect(buffer.values.values, try #require(buffers[buffer.name]), buffer.name)
    }
    let evaluated = layer.forward(input, count: test.batch, pass: .inference)
    expect(evaluated.rows(test.batch), evaluation, "output in evaluation")
  }

  /// Sets parameters and buffers by the formula of the script.
  private func fill(_ layer: any Layer, _ test: Case) {
    let parameters = layer.parameters.map { ($0.name, $0.value, test.weights) }
    for (name, values, scale) in parameters + layer.buffers.map({ ($0.name, $0.values, 1) }) {
      guard let phase = test.tensors.firstIndex(of: name) else { preconditionFailure("no value for \(name)") }
      let isFactor = values.shape.count == 1 && (name.hasSuffix("weight") || name.hasSuffix("running_var"))
      for index in 0..<values.count {
        let wave = 0.4 * sin(0.7 * Double(index) + Double(phase))
        let value = Float(isFactor ? wave + 1 : wave)
        values[index] = scale == 1 ? value : Float(scale * Double(value))
      }
    }
  }

  /// Compares the values that the script printed.
  private func expect(_ found: [Float], _ expected: [Double], _ name: String) {
    let step = max(1, found.count / 20)
    #expect(expected.count == min(20, (found.count + step - 1) / step), "\(name)")
    for (index, value) in expected.enumerated() {
      let other = Double(found[index * step])
      #expect(abs(other - value) < 1e-5 * max(1, abs(value)), "\(name), value \(index * step)")
    }
  }
}

extension Activations {
  /// Values `[count, features]` by their index.
  fileprivate convenience init(_ count: Int, features: Int, _ value: (Int) -> Double) {
    self.init(features: features, capacity: count)
    for sample in 0..<count {
      for feature in 0..<features { self[sample, feature] = Float(value(sample * features + feature)) }
    }
  }
}

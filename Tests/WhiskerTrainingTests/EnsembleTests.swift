import TestSupport
import Testing
import WhiskerData
import WhiskerNN
import WhiskerCore
import WhiskerTraining

@Suite struct EnsembleTests {
  private let folder: TemporaryFolder
  private let preprocessing = Preprocessing(height: 6, width: 7)
  private let layers = NetworkSpecification(layers: [.flatten, .dense(units: 5), .relu, .dense(units: nil)])

  init() throws { folder = try TemporaryFolder() }

  private func network(_ seed: UInt64) throws -> Network {
    let network = try Network(
      layers, input: preprocessing.inputShape, classCount: 3, capacity: 4, pool: ComputePool(threads: 1))
    network.initialize(seed: seed)
    // Far apart, so that a mean of probabilities is not one of logits.
    for parameter in network.parameters {
      for index in 0..<parameter.value.count { parameter.value[index] *= 6 }
    }
    return network
  }

  private func write(_ network: Network, _ name: String) throws -> Model {
    try Model.write(
      network, classNames: ["a", "b", "c"], preprocessing: preprocessing,
      summary: .init(seed: 1, steps: 2, report: nil), to: folder.path(name))
    return try Model(folder.path(name))
  }

  @Test func anEnsembleAveragesProbabilities() throws {
    let networks = try [1, 2, 3].map { try network($0) }
    let models = try networks.enumerated().map { try write($1, "\($0).safetensors") }
    let path = folder.path("all.safetensors")
    try Model.write(ensemble: models, summary: .init(seed: 1, steps: 2, report: nil), to: path)
    let model = try Model(path)
    #expect(model.memberCount == 3)
    let ensemble = try model.classifier(capacity: 4, pool: ComputePool(threads: 1))
    let images = (0..<4 * 42).map { UInt8($0 * 37 % 256) }
    let logits = ensemble.forward(images, count: 4, pass: .inference)
    for row in 0..<4 {
      let found = SoftmaxCrossEntropy.probabilities(logits, row: row, classCount: 3)
      let each = networks.map { network in
        SoftmaxCrossEntropy.probabilities(
          network.forward(images, count: 4, pass: .inference), row: row, classCount: 3)
      }
      for label in 0..<3 {
        let mean = each.reduce(0) { $0 + $1[label] } / 3
        #expect(abs(found[label] - mean) < 1e-6)
      }
    }
  }

  @Test func whereOneNetworkIsNeededAnEnsembleIsRefusedByName() throws {
    let model = try write(network(1), "one.safetensors")
    let path = folder.path("all.safetensors")
    try Model.write(ensemble: [model, model], summary: model.summary, to: path)
    let error = #expect(throws: FileError.self) {
      _ = try Model(path).network(capacity: 1, pool: ComputePool(threads: 1))
    }
    #expect(error.map { "\($0)".contains("is an ensemble") } == true)
  }
}

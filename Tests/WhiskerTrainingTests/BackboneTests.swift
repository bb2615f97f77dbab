import Foundation
import TestSupport
import Testing
import WhiskerCore
import WhiskerData
import WhiskerNN
import WhiskerTraining

@Suite struct BackboneTests {
  private let folder: TemporaryFolder
  private let preprocessing = Preprocessing(height: 9, width: 8, colorMode: .rgb)
  private let pool = ComputePool(threads: 2)

  init() throws { folder = try TemporaryFolder() }

  /// Layers with batch norm, a residual block and dropout before the vector, and a head with dropout.
  private static let layers: [LayerSpecification] = [
    .convolution(filters: 5, kernel: 3), LayerSpecification(BatchNormKind()), .relu,
    LayerSpecification(
      ResidualKind(body: [.spatialDropout(rate: 0.5), .relu, LayerSpecification(BatchNormKind())])),
    LayerSpecification(GlobalAveragePoolKind()), .dropout(rate: 0.5), .dense(units: 7), .relu,
    .dense(units: nil),
  ]

  private func write(
    _ name: String, _ layers: [LayerSpecification] = layers, seed: UInt64 = 1,
    change: (Network) -> Void = { _ in }
  ) throws -> String {
    let network = try Network(
      NetworkSpecification(layers: layers), input: preprocessing.inputShape, classCount: 3, capacity: 20,
      pool: pool)
    network.initialize(seed: seed)
    for buffer in network.buffers {
      for index in 0..<buffer.values.count { buffer.values[index] += 0.1 * Float(index) }
    }
    change(network)
    let path = folder.path(name)
    try Model.write(
      network, classNames: ["a", "b", "c"], preprocessing: preprocessing,
      summary: .init(seed: 1, steps: 1, report: nil), to: path)
    return path
  }

  private func pictures(_ count: Int) -> [UInt8] {
    (0..<count * preprocessing.sampleSize).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ ($0 / 11) &* 5) }
  }

  @Test("A backbone ends with the first vector, is frozen, and drops nothing") func layers() throws {
    let backbone = try Backbone(write("model"))
    #expect(backbone.layers.count == 5)
    #expect(backbone.layers.allSatisfy { !$0.isTrainable })
    #expect(NetworkSpecification(layers: backbone.layers).dropoutRates == [0])
    #expect(backbone.origin.count == 5)
    #expect(backbone.parameterCount == 5 * 27 + 5 + 10 + 10)
    #expect(backbone.featurePreprocessing.inputShape == .vector(5))
    #expect(backbone.featurePreprocessing.sampleSize == 20)
  }

  @Test("The fingerprint depends on the backbone's weights and layers, and on nothing after them")
  func fingerprint() throws {
    let one = try Backbone(write("one")).origin
    #expect(try Backbone(write("same")).origin == one)
    #expect(try Backbone(write("seed", seed: 2)).origin != one)
    let head = try Backbone(write("head", Array(Self.layers[..<5]) + [.dense(units: nil)])).origin
    #expect(head == one)
    #expect(try Backbone(write("buffer") { $0.buffers[0].values[1] = 9 }).origin != one)
    var strided = Self.layers
    strided[2] = LayerSpecification(ActivationKind.ReLU6())
    #expect(try Backbone(write("layers", strided)).origin != one)
  }

  @Test("A model that has no features is refused, with the reason") func refused() throws {
    let flat = try write("flat", [.flatten, .dense(units: nil)])
    #expect(try Backbone(flat).origin.count == 9 * 8 * 3)
    let models = [try Model(write("one")), try Model(write("two", seed: 2))]
    let ensemble = folder.path("ensemble")
    try Model.write(ensemble: models, summary: models[0].summary, to: ensemble)
    let error = #expect(throws: FileError.self) { try Backbone(ensemble) }
    #expect(error?.problem.description.contains("is an ensemble") ?? false)
    let damaged = try write("damaged") { $0.buffers[1].values[0] = -1 }
    let negative = #expect(throws: FileError.self) { try Backbone(damaged) }
    #expect(negative?.problem.description.contains("negative variances") ?? false)
    let infinite = try write("infinite") { $0.parameters[0].value[3] = .infinity }
    #expect(throws: FileError.self) { try Backbone(infinite) }
  }

  @Test("A frozen first part, picture by picture, and a head give the logits of the whole network")
  func sameLogits() throws {
    var frozen = Self.layers
    for index in 0..<5 { frozen[index].isTrainable = false }
    frozen[3] = LayerSpecification(
      ResidualKind(body: [.relu, LayerSpecification(BatchNormKind())]), isTrainable: false)
    let model = try Model(write("model", frozen))
    let whole = try model.network(capacity: 19, pool: pool)
    let divided = try model.classifier(capacity: 19, pool: pool)
    #expect(divided is FeatureClassifier)
    let images = pictures(19)
    expectEqual(
      divided.forward(images, count: 19, pass: .inference), whole.forward(images, count: 19, pass: .inference)
    )
    // With dropout: the same masks, for copies of one picture.
    let copies = (0..<19).flatMap { _ in images.prefix(preprocessing.sampleSize) }
    let pass = Pass.sampling(seed: 3, picture: 4, first: 5)
    expectEqual(
      divided.forward(copies, count: 19, pass: pass), whole.forward(copies, count: 19, pass: pass))
    // The same picture again, and another one.
    expectEqual(divided.forward(copies, count: 3, pass: pass), whole.forward(copies, count: 3, pass: pass))
    let other = Array(images.suffix(preprocessing.sampleSize))
    expectEqual(divided.forward(other, count: 1, pass: pass), whole.forward(other, count: 1, pass: pass))
  }

  private func expectEqual(_ one: Tensor, _ other: Tensor) {
    let (one, other) = (one.values, other.values)
    #expect(one.count == other.count && zip(one, other).allSatisfy { abs($0 - $1) < 1e-5 }, "\(one) \(other)")
  }

  @Test("Members with one backbone share it, and others do not") func ensembles() throws {
    var frozen = Self.layers
    for index in 0..<5 { frozen[index].isTrainable = false }
    frozen[3] = .relu.frozen
    let images = pictures(6)
    func ensemble(_ name: String, _ paths: [String]) throws -> (any Classifier, [any Classifier]) {
      let models = try paths.map { try Model($0) }
      try Model.write(ensemble: models, summary: models[0].summary, to: folder.path(name))
      let members = try models.map { try $0.classifier(capacity: 6, pool: pool) }
      return (try Model(folder.path(name)).classifier(capacity: 6, pool: pool), members)
    }
    let one = try write("one", frozen)
    let head = try write("head", frozen) { $0.parameters.last!.value[0] = 2 }
    let other = try write("other", frozen, seed: 9)
    let (shared, heads) = try ensemble("shared", [one, head])
    #expect((shared as? FeatureClassifier)?.head is Ensemble)
    let (apart, wholes) = try ensemble("apart", [one, other])
    #expect(apart is Ensemble)
    for (together, members) in [(shared, heads), (apart, wholes)] {
      expectEqual(
        together.forward(images, count: 6, pass: .inference),
        Ensemble(members).forward(images, count: 6, pass: .inference))
    }
  }

  @Test("A data set of features has the labels, names and failures of its pictures") func dataset() throws {
    let backbone = try Backbone(write("model"))
    var striped = StripedDataset(count: 12, broken: [3])
    striped.preprocessing = preprocessing
    let source = try DataSource("stripes", splits: [.training: striped]).features(of: backbone)
    let features = try #require(source.splits[.training])
    #expect(source.preprocessing == backbone.featurePreprocessing)
    #expect(features.isWorthCaching && features.count == 12 && features.label(at: 5) == 1)
    #expect(features.name(at: 5) == "stripes/5.png")
    #expect(throws: FileError.self) { try features.sample(at: 3) }
    let values = try features.sample(at: 4).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    var expected = [Float](repeating: 0, count: 5)
    let pixels = try striped.sample(at: 4)
    pixels.withUnsafeBufferPointer { backbone.compute($0.baseAddress!, into: &expected) }
    #expect(values == expected)
  }
}

extension LayerSpecification {
  fileprivate var frozen: LayerSpecification {
    var layer = self
    layer.isTrainable = false
    return layer
  }
}

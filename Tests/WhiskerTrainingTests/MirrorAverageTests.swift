import TestSupport
import Testing
import WhiskerCore
import WhiskerData
import WhiskerNN
import WhiskerTraining

@Suite struct MirrorAverageTests {
  private static let (height, width, channels, count) = (4, 5, 3, 6)

  private func network() throws -> Network {
    let network = try Network(
      NetworkSpecification(layers: [.flatten, .dropout(rate: 0.3), .dense(units: nil)]),
      input: .map(channels: Self.channels, height: Self.height, width: Self.width), classCount: 3,
      capacity: Self.count, pool: ComputePool(threads: 1))
    network.initialize(seed: 4)
    return network
  }

  private let images = (0..<count * height * width * channels).map { UInt8($0 * 41 % 256) }

  private var mirrored: [UInt8] {
    (0..<Self.count * Self.height).flatMap { row in
      (0..<Self.width).reversed().flatMap { column in
        (0..<Self.channels).map { images[(row * Self.width + column) * Self.channels + $0] }
      }
    }
  }

  private func probabilities(_ classifier: any Classifier, _ images: [UInt8], _ pass: Pass) -> [[Double]] {
    let logits = classifier.forward(images, count: Self.count, pass: pass)
    return (0..<Self.count).map { SoftmaxCrossEntropy.probabilities(logits, row: $0, classCount: 3) }
  }

  @Test(
    "The prediction is the mean of the probabilities of a picture and its mirror image",
    arguments: [Pass.inference, .sampling(seed: 1, picture: 2, first: 0)])
  func mean(pass: Pass) throws {
    let network = try network()
    let (plain, other) = (probabilities(network, images, pass), probabilities(network, mirrored, pass))
    let average = probabilities(MirrorAverage(network), images, pass)
    for row in 0..<Self.count {
      for label in 0..<3 {
        #expect(abs(average[row][label] - (plain[row][label] + other[row][label]) / 2) < 1e-6)
      }
    }
    #expect(average != plain)
    #expect(average == probabilities(MirrorAverage(network), mirrored, pass))
  }

  @Test("A model with test-time augmentation has such a classifier, and its file is the same") func model()
    throws
  {
    let folder = try TemporaryFolder()
    try Model.write(
      network(), classNames: ["a", "b", "c"],
      preprocessing: Preprocessing(height: Self.height, width: Self.width, colorMode: .rgb),
      summary: .init(seed: 1, steps: 2, report: nil), to: folder.path("m.safetensors"))
    var model = try Model(folder.path("m.safetensors"))
    #expect(try model.classifier(capacity: 1, pool: ComputePool(threads: 1)) is Network)
    model.testTimeAugmentation = .flip
    #expect(try model.classifier(capacity: 1, pool: ComputePool(threads: 1)) is MirrorAverage)
  }
}

import Foundation
import TestSupport
import Testing
import WhiskerData
import WhiskerNN
import WhiskerCore
import WhiskerTraining

@Suite struct ModelTests {
  private let folder: TemporaryFolder
  private let preprocessing = Preprocessing(
    height: 12, width: 10, colorMode: .rgb, aspect: .pad, background: .init(red: 1, green: 2, blue: 3))
  private let names = ["cat, small", "dog \"big\"", "ünter"]

  init() throws { folder = try TemporaryFolder() }

  private func network() throws -> Network {
    let network = try Network(
      NetworkPreset.dropoutCNN.specification, input: preprocessing.inputShape, classCount: 3, capacity: 4,
      pool: ComputePool(threads: 1))
    network.initialize(seed: 12)
    return network
  }

  private func write(_ name: String = "model.safetensors") throws -> String {
    let path = folder.path(name)
    try Model.write(
      network(), classNames: names, preprocessing: preprocessing,
      summary: .init(seed: 4, steps: 9, report: nil), to: path)
    return path
  }

  @Test func aModelComesBackAsItWas() throws {
    let model = try Model(write())
    #expect(model.classNames == names)
    #expect(model.preprocessing == preprocessing)
    #expect(model.specification == NetworkPreset.dropoutCNN.specification)
    #expect(model.summary.steps == 9)
    let images = (0..<4 * preprocessing.sampleSize).map { UInt8($0 * 7 % 256) }
    let expected = try network().forward(images, count: 4, pass: .inference).values
    let network = try model.network(capacity: 4, pool: ComputePool(threads: 1))
    #expect(network.forward(images, count: 4, pass: .inference).values == expected)
  }

  @Test("A model whose batch norm has a negative variance is refused") func negativeVariance() throws {
    let layers: [LayerSpecification] = [LayerSpecification(BatchNormKind()), .flatten, .dense(units: nil)]
    let network = try Network(
      NetworkSpecification(layers: layers), input: preprocessing.inputShape, classCount: names.count,
      capacity: 1,
      pool: ComputePool(threads: 1))
    network.initialize(seed: 1)
    let path = folder.path("damaged.safetensors")
    network.buffers[1].values[0] = -0.5
    try Model.write(
      network, classNames: names, preprocessing: preprocessing,
      summary: .init(seed: 4, steps: 9, report: nil), to: path)
    let model = try Model(path)
    let error = #expect(throws: FileError.self) {
      try model.network(capacity: 1, pool: ComputePool(threads: 1))
    }
    #expect(error?.problem.description.contains("0.running_var contains negative variances") ?? false)
  }

  @Test func theSameModelIsTheSameBytes() throws {
    let first = try Data(contentsOf: URL(fileURLWithPath: write("a")))
    let second = try Data(contentsOf: URL(fileURLWithPath: write("b")))
    #expect(first == second)
  }

  @Test func weightsHavePyTorchsNamesAndShapes() throws {
    let file = try SafetensorsReader(write())
    #expect(file.names == ["0.bias", "0.weight", "5.bias", "5.weight", "8.bias", "8.weight"])
    #expect(file.shape(of: "0.weight") == [32, 3, 3, 3])
    #expect(file.shape(of: "5.weight") == [128, 32 * 5 * 4])
  }

  @Test func whatIsAttachedIsKeptBesideTheWeights() throws {
    let path = folder.path("last.safetensors")
    try Model.write(
      network(), classNames: names, preprocessing: preprocessing,
      summary: .init(seed: 4, steps: 9, report: nil), to: path
    ) { writer in
      writer.add("optimizer.rate", Tensor(shape: [2], values: [3, 4]))
      writer.add("training.state", Array("{}".utf8))
    }
    let file = try SafetensorsReader(path)
    #expect(file.shape(of: "optimizer.rate") == [2])
    #expect(try file.withBytes(of: "training.state", type: .uint8) { Array($0) } == Array("{}".utf8))
    #expect(try Model(path).classNames == names)
  }

  /// A text in the file's header is replaced by one of the same length, or the file is cut.
  @Test(arguments: [
    (#"\"units\":128"#, #"\"units\":129"#, "shape"),
    (#"\"type\":\"relu\""#, #"\"type\":\"gelu\""#, "whisker.network"),
    (#""whisker.format":"1""#, #""whisker.format":"9""#, "model format 9"),
    (#"\"height\":12"#, #"\"height\":-2"#, "whisker.preprocessing"),
    (#"\"resize\":\"area\""#, #"\"resize\":\"fast\""#, "whisker.preprocessing"),
    (#""whisker.classes""#, #""whisker.klasses""#, "whisker.classes"),
    (#"\"whisker\":\"0"#, #"\"whisker\":\""# + "\u{7F}", "control characters"),
    (#"ünter"#, #"ünte""#, "not a safetensors file"),
  ])
  func aDamagedModelIsRefusedWithItsName(_ text: String, _ replacement: String, _ reason: String) throws {
    let path = try write()
    var data = try Data(contentsOf: URL(fileURLWithPath: path))
    let range = try #require(data.range(of: Data(text.utf8)))
    data.replaceSubrange(range, with: Data(replacement.utf8))
    try data.write(to: URL(fileURLWithPath: path))
    let error = #expect(throws: FileError.self) {
      _ = try Model(path).network(capacity: 1, pool: ComputePool(threads: 1))
    }
    #expect(error?.path == path)
    #expect(error?.problem.description.contains(reason) ?? false, "\(error?.problem ?? "")")
  }

  @Test(arguments: [0, 1, 7, 8, 100, 2000, 100_000])
  func aModelThatIsCutShortIsRefused(_ length: Int) throws {
    let path = try write()
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    try data.prefix(length).write(to: URL(fileURLWithPath: path))
    #expect(throws: FileError.self) { try Model(path) }
  }

  @Test func aForeignFileIsNoModel() throws {
    let path = folder.path("foreign.safetensors")
    try SafetensorsWriter(metadata: [:]).write(to: path)
    let error = #expect(throws: FileError.self) { try Model(path) }
    #expect(error?.problem.description.contains("not a model that Whisker trained") ?? false)
  }
}

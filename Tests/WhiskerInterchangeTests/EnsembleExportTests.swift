import Foundation
import SwiftProtobuf
import Testing
import WhiskerInterchange
import WhiskerNN
import WhiskerCore
import WhiskerTraining

@Suite struct EnsembleExportTests {
  private let members: [SmallModel]
  private let model: Model

  init() throws {
    members = try [7, 8].map { try SmallModel(NetworkPreset.dropoutCNN.specification, .grayscale, seed: $0) }
    let path = members[0].folder.path("ensemble.safetensors")
    try Model.write(ensemble: members.map(\.model), summary: members[0].model.summary, to: path)
    model = try Model(path)
  }

  private func expectMean(_ run: (Values) throws -> Values) throws {
    for index in 0..<SmallModel.count {
      let found = try run(members[0].planes(index)).values
      let expected = zip(members[0].probabilities[index], members[1].probabilities[index]).map {
        ($0 + $1) / 2
      }
      #expect(members[0].probabilities[index] != members[1].probabilities[index])
      #expect(found.count == expected.count)
      for (one, other) in zip(found, expected) { #expect(abs(one - other) < 1e-5) }
    }
  }

  @Test func coreMLsLayersAverageTheMembers() throws {
    let file = try CoreMLModel(serializedBytes: ExportFormat.coreML.bytes(of: model))
    let classifier = file.neuralNetworkClassifier
    #expect(Set(classifier.layers.map(\.name)).count == classifier.layers.count)
    try expectMean(CoreMLInterpreter(classifier).run)
  }

  @Test func withFlipTheGraphAveragesTheMembersAndMirrorImages() throws {
    var model = model
    model.testTimeAugmentation = .flip
    let graph = try ONNXModel(serializedBytes: ExportFormat.onnx.bytes(of: model)).graph
    #expect(Set(graph.node.map(\.name)).count == graph.node.count)
    #expect(graph.node.last?.input.count == 4)
    let flipped = try members.map { try $0.averagingMirrorImages().probabilities }
    for index in 0..<SmallModel.count {
      let found = try ONNXInterpreter(graph).run(members[0].planes(index)).values
      let expected = zip(flipped[0][index], flipped[1][index]).map { ($0 + $1) / 2 }
      for (one, other) in zip(found, expected) { #expect(abs(one - other) < 1e-5) }
    }
  }

  @Test func theGraphAveragesTheMembers() throws {
    let graph = try ONNXModel(serializedBytes: ExportFormat.onnx.bytes(of: model)).graph
    #expect(Set(graph.node.map(\.name)).count == graph.node.count)
    #expect(graph.node.last?.opType == "Mean" && graph.node.count { $0.opType == "Div" } == 1)
    try expectMean(ONNXInterpreter(graph).run)
  }

  @Test func anEnsembleOfMoreThanTwoGigabytesIsRefusedBeforeItIsRead() throws {
    let small = try SmallModel(
      NetworkPreset.dropoutCNN.specification, .grayscale, height: 28, width: 28)
    let file = try [UInt8](Data(contentsOf: URL(fileURLWithPath: small.path)))
    let length = Int(file[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    let text = try JSONSerialization.jsonObject(with: Data(file[8..<8 + length])) as? [String: Any]
    let metadata = try #require(text?["__metadata__"] as? [String: String])
    let shapes = try small.model.members(capacity: 1, pool: ComputePool(threads: 1))[0].parameters.map {
      ($0.name, $0.value.shape)
    }
    var header: [String: Any] = [:]
    var end = 0
    let count = 800
    for member in 0..<count {
      for (name, shape) in shapes {
        let size = 4 * shape.reduce(1, *)
        header["members.\(member).\(name)"] = [
          "dtype": "F32", "shape": shape, "data_offsets": [end, end + size],
        ]
        end += size
      }
    }
    header["__metadata__"] = metadata.merging(["whisker.format": "2", "whisker.members": "\(count)"]) { $1 }
    let json = try JSONSerialization.data(withJSONObject: header)
    let size = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) }
    // A hole in the place of the weights.
    let path = try small.folder.write(Array(size + json), to: "large.safetensors")
    truncate(path, off_t(8 + json.count + end))
    for format in ExportFormat.all {
      let error = #expect(throws: FileError.self) { _ = try format.bytes(of: Model(path)) }
      #expect(error.map { "\($0)".contains("more than the 2,000,000,000 bytes of \(format.title)") } == true)
    }
  }

  @Test func anEnsembleCannotBeImported() throws {
    let target = WeightsImport.Target(
      model.specification, preprocessing: model.preprocessing, classNames: model.classNames)
    let error = #expect(throws: FileError.self) { _ = try WeightsImport(model.path, into: target) }
    #expect(error.map { "\($0)".contains("is an ensemble") } == true)
  }
}

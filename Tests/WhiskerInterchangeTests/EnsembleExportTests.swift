import SwiftProtobuf
import Testing
import WhiskerInterchange
import WhiskerNN
import WhiskerTensor
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

  @Test func theGraphAveragesTheMembers() throws {
    let graph = try ONNXModel(serializedBytes: ExportFormat.onnx.bytes(of: model)).graph
    #expect(Set(graph.node.map(\.name)).count == graph.node.count)
    #expect(graph.node.last?.opType == "Mean" && graph.node.count { $0.opType == "Div" } == 1)
    let interpreter = ONNXInterpreter(graph)
    for index in 0..<SmallModel.count {
      let found = try interpreter.run(members[0].planes(index)).values
      let expected = zip(members[0].probabilities[index], members[1].probabilities[index]).map {
        ($0 + $1) / 2
      }
      #expect(members[0].probabilities[index] != members[1].probabilities[index])
      for (one, other) in zip(found, expected) { #expect(abs(one - other) < 1e-5) }
    }
  }

  @Test func whatCannotHoldAnEnsembleSaysSo() throws {
    let export = #expect(throws: FileError.self) { _ = try ExportFormat.coreML.bytes(of: model) }
    #expect(export.map { "\($0)".contains("--format onnx") } == true)
    let target = WeightsImport.Target(
      model.specification, preprocessing: model.preprocessing, classNames: model.classNames)
    let error = #expect(throws: FileError.self) { _ = try WeightsImport(model.path, into: target) }
    #expect(error.map { "\($0)".contains("is an ensemble") } == true)
  }
}

import Foundation
import Testing
import WhiskerData
import WhiskerInterchange
import WhiskerNN
import WhiskerCore
import WhiskerTraining

@Suite struct WeightsImportTests {
  private static let deepNames = ["conv2d", "conv2d_1", "dense", "dense_1", "dense_2"]

  private func target(_ small: SmallModel, _ range: InputRange = .own) -> WeightsImport.Target {
    var target = WeightsImport.Target(
      small.model.specification, preprocessing: small.model.preprocessing, classNames: SmallModel.classNames)
    target.range = range
    return target
  }

  /// Imports a file and compares the model that was written with the one that the file came from.
  private func expectSameWeights(
    _ path: String, _ small: SmallModel, _ layout: WeightsLayout, location: SourceLocation = #_sourceLocation
  ) throws {
    let imported = try WeightsImport(path, into: target(small))
    #expect(imported.layout == layout, sourceLocation: location)
    let output = small.folder.path("imported.safetensors")
    try imported.write(to: output)
    let model = try Model(output)
    #expect(model.classNames == SmallModel.classNames && model.preprocessing == small.model.preprocessing)
    #expect(model.summary.importedFrom == "weights.safetensors")
    let file = try SafetensorsReader(output)
    for name in file.names {
      let tensor = Tensor(shape: file.shape(of: name) ?? [])
      try file.copy(name, into: tensor)
      #expect(try tensor.values == small.tensor(name).values, "\(name)", sourceLocation: location)
    }
  }

  @Test(arguments: Networks.all, Preprocessing.ColorMode.allCases)
  func pyTorchsWeightsComeBackAsTheyWere(_ network: NetworkSpecification, _ mode: Preprocessing.ColorMode)
    throws
  {
    let small = try SmallModel(network, mode)
    let path = small.folder.path("weights.safetensors")
    try WeightsFile(small).writePyTorch(to: path)
    try expectSameWeights(path, small, .pytorch)
  }

  @Test(arguments: Networks.all, Preprocessing.ColorMode.allCases)
  func kerassWeightsComeBackInPyTorchsOrder(_ network: NetworkSpecification, _ mode: Preprocessing.ColorMode)
    throws
  {
    let small = try SmallModel(network, mode)
    let path = small.folder.path("weights.safetensors")
    // Numbered on from other models of the same session, so that 10 comes behind 9.
    let names = (8..<40).map { "sequential_3/layer_\($0)" }
    try WeightsFile(small).writeKeras(names, to: path)
    try expectSameWeights(path, small, .keras)
  }

  @Test(arguments: ["", ":0"])
  func kerassNamesAreUnderstood(ending: String) throws {
    let small = try SmallModel(NetworkPreset.deepDropoutCNN.specification, .rgb)
    let path = small.folder.path("weights.safetensors")
    try WeightsFile(small).writeKeras(Self.deepNames, ending: ending, to: path)
    try expectSameWeights(path, small, .keras)
  }

  @Test func kerassNumberedVariablesAreUnderstood() throws {
    let small = try SmallModel(Networks.depthwise, .rgb)
    let path = small.folder.path("weights.safetensors")
    let names = (0..<8).map { "layers/layer_\($0)" }
    try WeightsFile(small).writeKeras(names, numbered: true, to: path)
    try expectSameWeights(path, small, .keras)
  }

  /// In a module that holds the network, under names that do not show their order.
  @Test func namesThatAreThePathsOfTheLayersDecide() throws {
    let block =
      #"{"type": "residual", "body": [{"type": "dense", "units": 3}], "shortcut": [{"type": "dense", "units": 3}]}"#
    let json =
      #"{"layers": [{"type": "flatten"}, {"type": "dense", "units": 3}, \#(block), {"type": "dense"}]}"#
    let small = try SmallModel(NetworkSpecification(json: Array(json.utf8)), .rgb)
    let path = small.folder.path("weights.safetensors")
    try WeightsFile(small).writePyTorch(
      ["1", "2.body.0", "2.shortcut.0", "3"].map { "model.\($0)" }, to: path)
    try expectSameWeights(path, small, .pytorch)
    try WeightsFile(small).writePyTorch(["first", "block.a", "block.b", "last"], to: path)
    let error = #expect(throws: FileError.self) { try WeightsImport(path, into: target(small)) }
    #expect(error?.problem.description.contains("leaves the order of") ?? false)
  }

  /// The final norm of such a network could come before or after its blocks.
  @Test func normsInsideAndOutsideOfBlocksAreRefused() throws {
    let small = try SmallModel(Networks.residual, .rgb)
    let path = small.folder.path("weights.safetensors")
    var names = ["conv1", "bn1", "block.conv1", "block.bn1", "block.conv2", "block.bn2"]
    names += ["last.conv1", "last.bn1", "last.conv2", "last.downsample.0", "last.downsample.1", "fc"]
    try WeightsFile(small).writePyTorch(names, counts: true, to: path)
    let error = #expect(throws: FileError.self) { try WeightsImport(path, into: target(small)) }
    #expect(error?.problem.description.contains("block.bn1.weight, block.bn2.weight, bn1.weight") ?? false)
    // In the order of their definition.
    names = names.enumerated().map { "\($0).\($1)" }
    try WeightsFile(small).writePyTorch(names, counts: true, to: path)
    try expectSameWeights(path, small, .pytorch)
  }

  @Test func aNormWithoutItsStatisticsIsRefused() throws {
    let small = try SmallModel(Networks.maximum, .rgb)
    let path = small.folder.path("weights.safetensors")
    var writer = SafetensorsWriter(metadata: [:])
    for name in ["0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "4.weight", "4.bias"] {
      writer.add(name, try small.tensor(name))
    }
    try writer.write(to: path)
    let error = #expect(throws: FileError.self) { try WeightsImport(path, into: target(small)) }
    #expect(error?.problem.description.contains("holds 1.weight, but no running_var for it") ?? false)
  }

  @Test(arguments: [["conv1", "conv2", "fc1", "fc2", "out"], ["b.3", "b.20", "c.1", "c.2", "a.1"]])
  func modulesOfAnyNameAreToldByTheirShapes(names: [String]) throws {
    let small = try SmallModel(NetworkPreset.deepDropoutCNN.specification, .rgb)
    let path = small.folder.path("weights.safetensors")
    try WeightsFile(small).writePyTorch(names, to: path)
    try expectSameWeights(path, small, .pytorch)
  }

  /// Three square layers, whose shapes say nothing: order comes from numbers, the layout from names.
  private func square(_ names: [String], keras: Bool, hint: String = "weight") throws -> (SmallModel, String)
  {
    let network = NetworkSpecification(layers: [
      .maxPool(size: 3), .flatten, .dense(units: 3), .dense(units: 3), .dense(units: nil),
    ])
    let small = try SmallModel(network, .rgb, height: 3, width: 3)
    let path = small.folder.path("weights.safetensors")
    let file = try WeightsFile(small)
    if keras { try file.writeKeras(names, to: path) } else { try file.writePyTorch(names, to: path) }
    return (small, path)
  }

  @Test func squareLayersAreToldByTheirNames() throws {
    let (one, pytorch) = try square(["9", "10", "11"], keras: false)
    try expectSameWeights(pytorch, one, .pytorch)
    let (other, keras) = try square(["dense", "dense_1", "dense_2"], keras: true)
    try expectSameWeights(keras, other, .keras)
  }

  @Test func whatTheNamesDoNotOrderIsRefused() throws {
    let (small, path) = try square(["input", "middle", "output"], keras: false)
    let error = #expect(throws: FileError.self) { try WeightsImport(path, into: target(small)) }
    #expect(error?.problem.description.contains("input.weight, middle.weight, output.weight") ?? false)
  }

  @Test func theLayoutThatIsGivenIsTaken() throws {
    let (small, path) = try square(["0", "1", "2"], keras: false)
    var target = target(small)
    target.layout = .keras
    let imported = try WeightsImport(path, into: target)
    #expect(imported.layout == .keras)
    let first = try small.tensor("2.weight").values
    let turned = (0..<9).map { first[$0 % 3 * 3 + $0 / 3] }
    #expect(imported.network.parameters[0].value.values == turned)
  }

  /// The tensors of a small file, changed: a name and a shape, or nil to leave it out.
  @Test(
    arguments: [
      ("2.weight", [1, 2], "holds 2.weight [1, 2], but the network"),
      ("1.weight", [4, 540], "holds no weights [3, 540]"),
      ("1.weight", nil, "holds 1.bias, but no weights"), ("1.bias", nil, "holds 1.weight, but no bias"),
      ("1.bias", [4], "holds 1.bias with the shape [4], not [3]"),
      ("step", [1], "holds step, whose name ends"),
      ("1.kernel", [3, 540], "more than one"),
    ] as [(String, [Int]?, String)])
  func aFileThatDoesNotFitIsRefused(name: String, shape: [Int]?, reason: String) throws {
    let small = try SmallModel(Networks.linear, .rgb)
    var tensors: [String: [Int]] = ["1.weight": [3, 540], "1.bias": [3]]
    tensors[name] = shape
    if name == "2.weight" { tensors["2.bias"] = [1] }
    var writer = SafetensorsWriter(metadata: [:])
    for (name, shape) in tensors { writer.add(name, Tensor(shape: shape)) }
    let path = small.folder.path("weights.safetensors")
    try writer.write(to: path)
    let error = #expect(throws: FileError.self) { try WeightsImport(path, into: target(small)) }
    #expect(error?.path == path)
    #expect(error?.problem.description.contains(reason) ?? false, "\(error?.problem ?? "")")
  }

  @Test func weightsThatAreNoNumbersAreRefused() throws {
    let small = try SmallModel(Networks.linear, .rgb)
    var writer = SafetensorsWriter(metadata: [:])
    writer.add("1.weight", Tensor(shape: [3, 540]))
    writer.add("1.bias", Tensor(shape: [3], values: [0, .nan, 0]))
    let path = small.folder.path("weights.safetensors")
    try writer.write(to: path)
    let error = #expect(throws: FileError.self) { try WeightsImport(path, into: target(small)) }
    #expect(error?.problem.description.contains("1.bias contains NaN") ?? false)
  }

  /// The reference gets the pixels in the range that the weights were trained with, in double precision.
  @Test(arguments: [(0.0, 1.0), (-1, 1), (0, 255), (-0.4242, 2.8215)])
  func theInputRangeIsMadeUpFor(low: Double, high: Double) throws {
    let networks = [
      NetworkPreset.mnistConvnet.specification, Networks.unusual, Networks.linear, Networks.maximum,
      Networks.norm,
    ]
    // Padding is only exact around 0.
    for network in networks + (low == -high ? [Networks.residual, Networks.depthwise] : []) {
      // Small weights for large values, so that the classes stay undecided.
      let small = try SmallModel(network, .rgb)
      let path = small.folder.path("weights.safetensors")
      try WeightsFile(small).writePyTorch(to: path)
      let range = try #require(InputRange(low, high))
      let imported = try WeightsImport(path, into: target(small, range))
      let file = try ONNXModel(serializedBytes: ExportFormat.onnx.bytes(of: small.model))
      let output = small.folder.path("imported.safetensors")
      try imported.write(to: output)
      let trained = try Model(output).network(capacity: SmallModel.count, pool: ComputePool(threads: 1))
      let logits = trained.forward(small.images, count: SmallModel.count, pass: .inference)
      let interpreter = ONNXInterpreter(file.graph)
      for index in 0..<SmallModel.count {
        // The exported graph makes v / 255 - 1/2 of v, so this is the value that makes it low + (high - low) v / 255.
        let pixels = small.planes(index).map { 255 * (low + (high - low) * $0 / 255 + 0.5) }
        let expected = try interpreter.run(pixels).values
        let found = SoftmaxCrossEntropy.probabilities(
          logits, row: index, classCount: SmallModel.classNames.count)
        for (one, other) in zip(found, expected) {
          #expect(abs(one - other) < (high > 100 ? 1e-3 : 1e-5), "\(found) \(expected)")
        }
      }
    }
  }

  @Test(arguments: [
    (Networks.residual, "pads with zeros"), (Networks.biasless, "has no biases"),
    (Networks.split, "more than one"),
  ])
  func aRangeThatIsNotExactIsRefused(_ network: NetworkSpecification, _ reason: String) throws {
    let small = try SmallModel(network, .rgb)
    let path = small.folder.path("weights.safetensors")
    try WeightsFile(small).writePyTorch(to: path)
    let range = try #require(InputRange(0, 1))
    let error = #expect(throws: FileError.self) { try WeightsImport(path, into: target(small, range)) }
    #expect(error?.problem.description.contains(reason) ?? false, "\(error?.problem ?? "")")
  }

  @Test func aRangeBeforeAReLUIsRefused() throws {
    let small = try SmallModel(
      NetworkSpecification(layers: [.relu, .flatten, .dense(units: nil)]), .rgb)
    let path = small.folder.path("weights.safetensors")
    try WeightsFile(small).writePyTorch(to: path)
    _ = try WeightsImport(path, into: target(small))
    let range = try #require(InputRange(0, 1))
    let error = #expect(throws: FileError.self) { try WeightsImport(path, into: target(small, range)) }
    #expect(error?.problem.description.contains("`inputRange`") ?? false)
  }

  @Test(arguments: [(1.0, 1.0), (2, 1), (.nan, 1), (0, .infinity)])
  func anEmptyRangeIsNone(low: Double, high: Double) {
    #expect(InputRange(low, high) == nil)
  }
}

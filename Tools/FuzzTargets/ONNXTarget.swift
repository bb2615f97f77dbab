import TestSupport
import WhiskerCore
import WhiskerData
import WhiskerInterchange
import WhiskerNN
import WhiskerTraining

/// ONNX models, from the path to a network with their weights.
struct ONNXTarget: FuzzTarget {
  let name = "onnx"
  let maximumLength = 8192

  var words: [[UInt8]] {
    [
      "Conv", "Gemm", "MatMul", "BatchNormalization", "Relu", "Clip", "Add", "Sub", "Mul", "Div", "MaxPool",
      "AveragePool", "GlobalAveragePool", "ReduceMean", "Flatten", "Reshape", "Softmax", "Constant",
      "Transpose",
      "pads", "strides", "kernel_shape", "group", "dilations", "epsilon", "perm", "value", "auto_pad",
    ].map { Array($0.utf8) }
  }

  func check(_ bytes: [UInt8]) throws -> FuzzOutcome {
    let file = try ScratchFile(bytes)
    return try FuzzOutcome {
      var preprocessing = Preprocessing(height: 6, width: 7)
      if let input = try GraphInput(file.path) { preprocessing.colorMode = input.colorMode }
      let target = WeightsImport.Target(
        NetworkSpecification(layers: [.flatten, .dense(units: nil)]), preprocessing: preprocessing,
        classNames: nil)
      let imported = try WeightsImport(file.path, into: target)
      try Defect.unless(imported.network.parameterCount <= 2 * bytes.count, "more parameters than bytes")
    }
  }

  func seeds() throws -> [[UInt8]] {
    let block = ResidualKind(body: [LayerSpecification(BatchNormKind()), .relu])
    let networks: [[LayerSpecification]] = [
      [.flatten, .dense(units: nil)],
      [
        .convolution(filters: 2, kernel: 3), LayerSpecification(block), .maxPool(size: 2), .flatten,
        .dense(units: 3), .relu, .dense(units: nil),
      ],
    ]
    return try networks.map { layers in
      let preprocessing = Preprocessing(height: 6, width: 7)
      let network = try Network(
        NetworkSpecification(layers: layers), input: preprocessing.inputShape, classCount: 2, capacity: 1,
        pool: ComputePool(threads: 1))
      network.initialize(seed: 1)
      let folder = try TemporaryFolder()
      let path = folder.path("model.safetensors")
      try Model.write(
        network, classNames: ["cat", "dog"], preprocessing: preprocessing,
        summary: .init(seed: 1, steps: 2, report: nil), to: path)
      return try ExportFormat.onnx.bytes(of: Model(path))
    }
  }
}

import Foundation
import TestSupport
import Testing
import WhiskerCore
import WhiskerData
import WhiskerInterchange
import WhiskerNN
import WhiskerTraining

/// Heat maps of imported networks are those that PyTorch's gradients give. The script is References/grad_cam.py.
@Suite struct HeatMapImportTests {
  private let folder: TemporaryFolder
  private let pool = ComputePool(threads: 2)

  init() throws { folder = try TemporaryFolder() }

  private func model(_ imported: WeightsImport, named name: String = "model") throws -> Model {
    let path = folder.path(name + ".safetensors")
    try imported.write(to: path)
    return try Model(path)
  }

  private func expect(_ map: ClassHeatMap, _ height: Int, _ width: Int, _ values: [Float]) {
    #expect(map.height == height && map.width == width && map.values.count == values.count)
    let errors = zip(map.values, values).map { abs($0 - $1) }
    #expect(errors.max() ?? .infinity < 1e-4, "\(map.values)")
  }

  @Test("Maps of a network with batch norm, residual blocks and a depthwise convolution are PyTorch's")
  func residual() throws {
    let model = try model(ResidualImportTests.pyTorchsNetwork())
    let picture = ResidualImportTests.picture
    let last = try HeatMaps(model, pool: pool)
    #expect(last.layer == "7")
    for (label, values) in Self.residual.enumerated() {
      expect(last.heatMap(of: picture, for: label), 5, 4, values)
    }
    let early = try HeatMaps(model, layer: "3", pool: pool)
    expect(early.heatMap(of: picture, for: 0), 10, 8, Self.early)
    // Nothing speaks for the class.
    expect(early.heatMap(of: picture, for: 2), 10, 8, Array(repeating: 0, count: 80))
  }

  @Test("Maps of layers in residual blocks, in bodies and shortcuts, are PyTorch's")
  func inside() throws {
    let model = try model(ResidualImportTests.pyTorchsNetwork())
    for (layer, label, values) in Self.inside {
      let maps = try HeatMaps(model, layer: layer, pool: pool)
      #expect(maps.layer == layer && maps.height * maps.width == values.count)
      expect(
        maps.heatMap(of: ResidualImportTests.picture, for: label), maps.height, maps.width, values)
    }
    for layer in ["4.body", "4.body.5", "4.shortcut.2", "8.body.0", "4.body.0.0", "4."] {
      let error = #expect(throws: FileError.self) { try HeatMaps(model, layer: layer, pool: pool) }
      #expect("\(error as Any)".contains("such as 4.shortcut.1"))
    }
  }

  @Test(
    "Maps of EfficientNet-Lite0 on photos are PyTorch's",
    .enabled(if: isOptimized, "\(needsOptimization)"),
    .enabled(if: Fixtures.hasModels, "the published weights are not beside the project"))
  func efficientNet() throws {
    let imported = try WeightsImport(
      Fixtures.models + "/efficientnet-lite0.pth",
      into: .init(
        NetworkPreset.efficientNetLite0.specification,
        preprocessing: Preprocessing(height: 224, width: 224, colorMode: .rgb), classNames: nil))
    let model = try model(imported)
    let reference = try SafetensorsReader(Fixtures.models + "/efficientnet-lite0-reference.safetensors")
    func photo(_ index: Int) throws -> [UInt8] {
      try reference.withBytes(of: "images", type: .uint8) { pixels in
        Array(pixels[index * 150_528..<(index + 1) * 150_528])
      }
    }
    let last = try HeatMaps(model, pool: pool)
    #expect(last.layer == "68")
    expect(last.heatMap(of: try photo(0), for: 281), 7, 7, Self.cat)
    expect(last.heatMap(of: try photo(5), for: 164), 7, 7, Self.dog)
    let block = try HeatMaps(model, layer: "57", pool: pool)
    expect(block.heatMap(of: try photo(0), for: 281), 7, 7, Self.block)
  }

  // MARK: What the script printed

  private static let residual: [[Float]] = [
    [
      0, 0.643658, 0.187465, 0.784216, 0.515636, 1, 0, 0, 0, 0, 0, 0.202656, 0.039494, 0.000552,
      0.011002, 0, 0, 0.824638, 0, 0,
    ],
    [
      0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.00032, 0, 0.348165, 0, 0, 0,
    ],
    [
      0.243803, 0, 0, 0, 0, 0, 0.088726, 0.32444, 0.4817, 1, 0.85301, 0, 0, 0, 0, 0.092053, 0, 0.113181,
      0.465582, 0.668749,
    ],
  ]

  private static let early: [Float] = [
    0, 0, 0, 0.134046, 0.167197, 0.073445, 0.186295, 0.079432, 0, 0.139661, 0.367617, 0.167968, 0,
    0.040434, 0, 0, 0.345123, 0.460603, 0.164771, 0, 0.171146, 0, 0, 0, 0.196137, 0, 0.028608, 0.290633,
    0.017413, 0, 0.212472, 0.325464, 0, 0.093462, 0.00837, 0, 0, 0.375189, 0.458876, 0.037138, 0.090228,
    0, 0, 0, 0.100231, 0.028396, 0, 0.007165, 0, 0.262286, 0.623419, 0.554534, 0.451755, 0.36859,
    0.612208, 0.494223, 0.582081, 0.107611, 0, 0, 0.028852, 0, 0, 0, 0, 0, 0.051293, 0, 0, 0, 0.088216,
    0.290349, 0.691002, 1, 0.732116, 0.492536, 0.579405, 0.755836, 0.680731, 0.344024,
  ]

  private static let inside: [(layer: String, label: Int, values: [Float])] = [
    (
      "2.body.2", 0,
      [
        0.005535, 0.132587, 0.281678, 0, 0, 0, 0, 0, 0.351937, 0.333651, 0, 0, 0.066316, 0.043812, 0,
        0.336425, 0.149309, 0, 0, 0.161866, 0.166112, 0.013668, 0.282164, 0.250955, 0, 0, 0.078296, 0, 0,
        0.400492, 0.475315, 0.078763, 0.243529, 0.214761, 0, 0.01018, 0.168, 0.00201, 0, 0, 0, 0.117318,
        0.413162, 0.495532, 0.210631, 0.123129, 0.324787, 0.641425, 0.701925, 0.347559, 0.063337, 0, 0.011177,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.30759, 0.474056, 1, 0.469865, 0.159789, 0.334922, 0.698097, 0.592735,
        0.099919, 0, 0, 0, 0, 0, 0, 0, 0,
      ]
    ),
    (
      "4.body.0", 0,
      [
        0.065071, 0.318376, 0, 0, 0, 0, 0.061823, 0.27272, 0.011968, 0, 0.113943, 0, 0.3575, 0, 0, 0,
        0.736503, 1, 0.855486, 0.760655,
      ]
    ),
    (
      "4.body.4", 2,
      [
        0, 0, 0.21019, 0.163477, 0.139665, 0.270393, 0, 0, 0, 0, 0, 0.433343, 0.307925, 0.637395, 1, 0.531808,
        0.058764, 0, 0, 0,
      ]
    ),
    (
      "4.shortcut.0", 2,
      [
        0, 0, 0.369472, 0.293552, 0.976787, 0.437147, 0.581745, 0, 0, 0.010253, 0, 0.190874, 0, 1, 0.655045,
        0.77978, 0, 0.389991, 0, 0.632642,
      ]
    ),
  ]

  private static let cat: [Float] = [
    0.010229, 0.019132, 0.037557, 0.085314, 0.073512, 0.044419, 0, 0.004418, 0.06561, 0.415067, 0.332606,
    0.200405, 0.032697, 0, 0.00763, 0.341558, 0.910663, 0.766, 0.536526, 0.032012, 0, 0.04281, 0.629129,
    1, 0.903093, 0.774444, 0.075785, 0.008721, 0.050023, 0.421239, 0.792715, 0.647066, 0.62286, 0.254615,
    0.061521, 0.025109, 0.158469, 0.533331, 0.485606, 0.436682, 0.355236, 0.18742, 0.012366, 0.067079,
    0.200822, 0.16457, 0.245001, 0.282572, 0.109262,
  ]

  private static let dog: [Float] = [
    0.012728, 0.050825, 0.130066, 0.161074, 0.130159, 0.018731, 0.00154, 0.055693, 0.318712, 0.812401,
    0.916176, 0.77766, 0.253685, 0.033076, 0.104204, 0.369053, 0.752985, 1, 0.96615, 0.431073, 0.056843,
    0.082517, 0.252132, 0.586519, 0.882069, 0.898876, 0.351066, 0.060155, 0.029338, 0.070222, 0.094155,
    0.253224, 0.22099, 0.12082, 0.036136, 0.060999, 0.067876, 0.03794, 0.059496, 0.12077, 0.094531,
    0.02664, 0.001252, 0.028721, 0.01586, 0.004368, 0.011902, 0.019797, 0.005319,
  ]

  private static let block: [Float] = [
    1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.306434, 0.94493, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.675348, 0, 0, 0, 0, 0, 0, 0.754388,
  ]
}

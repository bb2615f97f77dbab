import Foundation
import SampleImages
import TestSupport
import Testing
import WhiskerCore
import WhiskerData
import WhiskerNN
import WhiskerReport
import WhiskerTraining

@Suite struct HeatMapTests {
  private let folder: TemporaryFolder
  private let preprocessing = Preprocessing(height: 12, width: 10, colorMode: .rgb)

  init() throws { folder = try TemporaryFolder() }

  private func model(_ layers: [LayerSpecification], _ change: (Network) -> Void = { _ in }) throws -> Model {
    let network = try Network(
      NetworkSpecification(layers: layers), input: preprocessing.inputShape, classCount: 3, capacity: 1,
      pool: ComputePool(threads: 1))
    network.initialize(seed: 5)
    change(network)
    let path = folder.path("\(UUID().uuidString).safetensors")
    try Model.write(
      network, classNames: ["a", "b", "c"], preprocessing: preprocessing,
      summary: .init(seed: 5, steps: 1, report: nil), to: path)
    return try Model(path)
  }

  private var picture: [UInt8] {
    (0..<preprocessing.sampleSize).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ ($0 / 11) &* 5) }
  }

  @Test("Before a global average pool and one dense layer, maps are class activation maps")
  func classActivation()
    throws
  {
    // Zhou, Khosla, Lapedriza, Oliva & Torralba, "Learning Deep Features for Discriminative Localization", CVPR 2016, equation 2:
    // the outputs of the filters times the weights of the class.
    let (filters, features) = (6, 10 * 8)
    var (kernels, weights) = ([Float](), [Float]())
    let model = try model([
      .convolution(filters: filters, kernel: 3), .relu, LayerSpecification(GlobalAveragePoolKind()),
      .dense(units: nil),
    ]) { network in
      (kernels, weights) = (network.parameters[0].value.values, network.parameters[2].value.values)
    }
    let maps = try HeatMaps(model, pool: ComputePool(threads: 1))
    #expect(maps.layer == "1")
    for label in 0..<3 {
      var sums = [Double](repeating: 0, count: features)
      for filter in 0..<filters {
        for cell in 0..<features {
          var value = 0.0
          for tap in 0..<27 {
            let (row, column) = (cell / 8 + tap % 9 / 3, cell % 8 + tap % 3)
            let pixel = Double(picture[(row * 10 + column) * 3 + tap / 9]) / 255 - 0.5
            value += pixel * Double(kernels[filter * 27 + tap])
          }
          sums[cell] += max(value, 0) * Double(weights[label * filters + filter])
        }
      }
      let top = max(sums.max() ?? 0, 0)
      let found = maps.heatMap(of: picture, for: label)
      #expect(found.height == 10 && found.width == 8)
      for (value, sum) in zip(found.values, sums) {
        #expect(abs(Double(value) - (top > 0 ? max(sum, 0) / top : 0)) < 1e-5)
      }
    }
  }

  @Test("The layer is the last one whose output is a map larger than 1x1") func layer() throws {
    let pool = ComputePool(threads: 1)
    let convolution = LayerSpecification.convolution(filters: 4, kernel: 3)
    var whole = AveragePoolKind(size: 8)
    (whole.window.height, whole.window.width, whole.window.stride) = (10, 8, 1)
    let cases: [([LayerSpecification], String?)] = [
      ([convolution, .relu, .maxPool(size: 2), .dropout(rate: 0.5), .flatten, .dense(units: nil)], "3"),
      ([convolution, .relu, LayerSpecification(whole), .flatten, .dense(units: nil)], "1"),
      ([.flatten, .dense(units: 4), .relu, .dense(units: nil)], nil),
      // The pixels themselves are no features.
      ([LayerSpecification(RescaleKind.imageNet), .flatten, .dense(units: nil)], nil),
    ]
    for (layers, expected) in cases {
      let model = try model(layers)
      guard let expected else {
        #expect(throws: FileError.self) { try HeatMaps(model, pool: pool) }
        continue
      }
      #expect(try HeatMaps(model, pool: pool).layer == expected)
    }
  }

  @Test("A block at the start of a network has maps of the layers in it, from its first convolution on")
  func firstBlock() throws {
    let block = ResidualKind(
      body: [
        LayerSpecification(BatchNormKind()), .convolution(filters: 3, kernel: 1), .relu,
        LayerSpecification(BatchNormKind()),
      ], dropRate: 0.5)
    let model = try model([LayerSpecification(block), .flatten, .dense(units: nil)])
    let pool = ComputePool(threads: 1)
    #expect(try HeatMaps(model, pool: pool).layer == "0")
    let maps = try ["0", "0.body.3"].map { try HeatMaps(model, layer: $0, pool: pool) }
    #expect(maps[1].height == 12 && maps[1].width == 10)
    // The gradient at the end of the body is that at the end of the block, and another value is weighted.
    #expect(maps[0].heatMap(of: picture, for: 1) != maps[1].heatMap(of: picture, for: 1))
    #expect(throws: FileError.self) { try HeatMaps(model, layer: "0.body.0", pool: pool) }
  }

  @Test("Dropout is off, and maps do not depend on threads") func threads() throws {
    let model = try model([
      .convolution(filters: 20, kernel: 3), LayerSpecification(BatchNormKind()), .relu,
      .spatialDropout(rate: 0.5),
      .convolution(filters: 20, kernel: 3), .dropout(rate: 0.5), .flatten, .dropConnect(units: 40, rate: 0.5),
      .relu, .dense(units: nil),
    ])
    for layer in ["0", "3", "5"] {
      let maps = try [1, 3].map { try HeatMaps(model, layer: layer, pool: ComputePool(threads: $0)) }
      let found = maps.map { $0.heatMap(of: picture, for: 1) }
      #expect(found[0] == found[1] && found[0] == maps[0].heatMap(of: picture, for: 1))
      #expect(found[0].values.max() == 1)
    }
  }

  @Test("Values between the centres of cells are interpolated, and constant beyond them") func interpolation()
  {
    let map = ClassHeatMap(height: 1, width: 2, scaling: [-3, 4])
    #expect(map.values == [0, 1])
    #expect(map.value(x: 0, y: 0.9) == 0 && map.value(x: 0.25, y: 0) == 0)
    #expect(map.value(x: 0.5, y: 0.5) == 0.5 && map.value(x: 1, y: 1) == 1)
    #expect(ClassHeatMap(height: 1, width: 2, scaling: [.nan, 4]).values == [0, 0])
    #expect(ClassHeatMap(height: 1, width: 2, scaling: [-1, -2]).values == [0, 0])
  }

  /// Shows a picture of 80x40 pixels.
  private func shown(_ aspect: Preprocessing.Aspect, turned: Bool = false) throws -> ShownPicture {
    let samples = [UInt16](repeating: 100, count: 80 * 40)
    let png = try encodePNG(width: 80, height: 40, samples: samples, options: .init(colorType: .gray))
    let path = try folder.write(png, to: "wide.png")
    let decoder = ImageDecoder(Preprocessing(height: 20, width: 20, aspect: aspect))
    return try PictureFile.find(path)[0].show(by: decoder, side: 60)
  }

  @Test("Maps lie where the network saw the picture: stretched, cropped or padded") func places() throws {
    let stretched = try shown(.stretch)
    #expect(stretched.width == 60 && stretched.height == 30 && stretched.sample.count == 400)
    #expect(stretched.position(x: 0.25, y: 0.75) ?? (0, 0) == (0.25, 0.75))
    // The middle half of the width is the whole sample.
    let cropped = try shown(.crop)
    #expect(cropped.position(x: 0.2, y: 0.5) == nil && cropped.position(x: 0.8, y: 0.5) == nil)
    #expect(cropped.position(x: 0.375, y: 0.1) ?? (0, 0) == (0.25, 0.1))
    // The middle half of the sample is the whole picture.
    let padded = try shown(.pad)
    #expect(padded.position(x: 0.3, y: 0) ?? (0, 0) == (0.3, 0.25))
    #expect(padded.position(x: 0.3, y: 1) ?? (0, 0) == (0.3, 0.75))
  }

  @Test("Brighter is more, in gray as well") func colors() throws {
    let picture = ShownPicture(
      [UInt8](repeating: 90, count: 64), of: Preprocessing(height: 1, width: 64))
    let map = ClassHeatMap(height: 1, width: 64, scaling: (0..<64).map(Double.init))
    let overlay = HeatMapOverlay(picture, map, leastSide: 1)
    #expect(overlay.width == 64 && overlay.height == 1)
    let luma = (0..<64).map { place in
      let (red, green, blue) = (3 * place, 3 * place + 1, 3 * place + 2)
      return 0.2126 * Double(overlay.pixels[red]) + 0.7152 * Double(overlay.pixels[green])
        + 0.0722 * Double(overlay.pixels[blue])
    }
    for (darker, brighter) in zip(luma, luma.dropFirst()) { #expect(brighter > darker - 0.5) }
    #expect((luma.last ?? 0) - (luma.first ?? 0) > 80)
  }
}

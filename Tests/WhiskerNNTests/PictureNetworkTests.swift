import Foundation
import TestSupport
import Testing
import WhiskerCore

import WhiskerNN

/// Inference of single pictures, compared to `Network`, which computes in another layout.
@Suite(.enabled(if: isOptimized, "\(needsOptimization)")) struct PictureNetworkTests {
  /// A network, its preparation for single pictures, and a few pictures.
  private struct Pair {
    let network: Network
    let pictures: PictureNetwork
    let pixels: [UInt8]
    let count: Int

    init(_ layers: [LayerSpecification], _ input: FeatureShape, classCount: Int, count: Int = 3) throws {
      network = try Network(
        NetworkSpecification(layers: layers), input: input, classCount: classCount, capacity: count,
        pool: ComputePool(threads: 1), isTrained: false, fuses: false)
      network.randomize(seed: 5)
      pictures = PictureNetwork(InferenceGraph(network), input: input)
      var random = RandomStream(seed: 8, purpose: .samples)
      pixels = (0..<count * input.count).map { _ in UInt8(random.next(below: 256)) }
      self.count = count
    }

    /// The output for one picture.
    func output(_ index: Int, _ pool: ComputePool? = nil) -> [Float] {
      let size = network.inputShape.count
      return pictures.output(for: Array(pixels[index * size..<(index + 1) * size]), pool)
    }

    /// The largest difference to the network, relative to its largest logit.
    func difference() -> Float {
      pixels.withUnsafeBufferPointer { pixels in
        let logits = network.forward(count: count, pass: .inference) {
          pixels.baseAddress! + $0 * network.inputShape.count
        }.values
        let largest = logits.reduce(0) { max($0, abs($1)) }
        var difference: Float = 0
        for index in 0..<count {
          for (class_, value) in output(index).enumerated() {
            let distance = abs(value - logits[index * pictures.outputCount + class_])
            difference = distance.isNaN ? .infinity : max(difference, distance)
          }
        }
        return difference / largest
      }
    }
  }

  @Test(arguments: 0..<200) func randomNetworksAgreeWithNetwork(_ seed: Int) throws {
    let random = RandomNetwork(seed: UInt64(seed))
    let pair = try Pair(random.layers, random.input, classCount: RandomNetwork.classCount)
    #expect(pair.difference() < 1e-5, "\(random.input): \(random.layers)")
  }

  /// The input of the body is also added to its output, so that it must stay in memory.
  @Test(arguments: [8, 96], [12, 112])
  func bodiesOfOneConvolutionAgreeWithNetwork(_ filters: Int, side: Int) throws {
    var depthwise = ConvolutionKind(filters: filters, kernel: 3)
    (depthwise.groups, depthwise.padding) = (filters, .same)
    let layers: [LayerSpecification] = [
      .convolution(filters: filters, kernel: 1),
      LayerSpecification(ResidualKind(body: [LayerSpecification(depthwise)])),
      LayerSpecification(depthwise),
      LayerSpecification(ResidualKind(body: [.convolution(filters: filters, kernel: 1)])),
      LayerSpecification(GlobalAveragePoolKind()), .dense(units: nil),
    ]
    let pair = try Pair(layers, .map(channels: 3, height: side, width: side), classCount: 4, count: 2)
    #expect(pair.difference() < 1e-5)
  }

  @Test(arguments: [NetworkPreset.dropoutCNN, .deepDropoutCNN, .residual, .digits, .resnet18])
  func presetsAgreeWithNetwork(_ preset: NetworkPreset) throws {
    let pair = try Pair(
      preset.specification.layers, .map(channels: 3, height: 37, width: 45), classCount: 10)
    #expect(pair.difference() < 1e-5)
  }

  /// Blocks of MobileNetV2 on maps that are too large for the cache, which are computed a few rows at a time.
  private static let largeMaps: [LayerSpecification] = {
    func convolution(_ filters: Int, kernel: Int, stride: Int = 1, groups: Int = 1) -> [LayerSpecification] {
      var kind = ConvolutionKind(filters: filters, kernel: kernel)
      (kind.stride, kind.groups, kind.padding, kind.hasBias) = (stride, groups, .same, false)
      return [LayerSpecification(kind), LayerSpecification(BatchNormKind())]
    }
    func block(_ width: Int, _ filters: Int, kernel: Int, stride: Int) -> [LayerSpecification] {
      convolution(width, kernel: 1) + [LayerSpecification(ActivationKind.ReLU6())]
        + convolution(width, kernel: kernel, stride: stride, groups: width)
        + [LayerSpecification(ActivationKind.SiLU())] + convolution(filters, kernel: 1)
    }
    return convolution(32, kernel: 3, stride: 2) + [.relu] + convolution(32, kernel: 3, groups: 32) + [.relu]
      + convolution(18, kernel: 1) + block(90, 18, kernel: 5, stride: 1) + block(90, 21, kernel: 5, stride: 2)
      + [LayerSpecification(ResidualKind(body: block(140, 21, kernel: 3, stride: 1)))]
      + block(100, 9, kernel: 2, stride: 1) + block(120, 13, kernel: 3, stride: 3)
      + [LayerSpecification(GlobalAveragePoolKind()), .dense(units: nil)]
  }()

  @Test(arguments: [(227, 233), (181, 260)]) func largeMapsAgreeWithNetwork(_ height: Int, _ width: Int)
    throws
  {
    let pair = try Pair(
      Self.largeMaps, .map(channels: 3, height: height, width: width), classCount: 10, count: 1)
    #expect(pair.difference() < 1e-5)
    let before = pair.output(0)
    pair.pictures.fillFreeWorkspaces(with: .nan)
    #expect(pair.output(0) == before)
  }

  @Test(arguments: [2, 3, 5]) func theNumberOfThreadsChangesNoBit(_ threads: Int) throws {
    let pool = ComputePool(threads: threads)
    let large = try Pair(
      Self.largeMaps, .map(channels: 3, height: 227, width: 233), classCount: 10, count: 1)
    #expect(large.output(0, pool) == large.output(0))
    for seed in 0..<100 {
      let random = RandomNetwork(seed: UInt64(seed))
      let pair = try Pair(random.layers, random.input, classCount: RandomNetwork.classCount, count: 1)
      #expect(pair.output(0, pool) == pair.output(0), "\(random.layers)")
    }
  }

  @Test func memoryThatIsReusedIsAlwaysWrittenFirst() throws {
    for seed in 200..<230 {
      let random = RandomNetwork(seed: UInt64(seed))
      let pair = try Pair(random.layers, random.input, classCount: RandomNetwork.classCount)
      let before = pair.output(0)
      pair.pictures.fillFreeWorkspaces(with: .nan)
      #expect(pair.output(0) == before, "\(random.layers)")
    }
  }

  @Test func threadsComputeTheSameAtTheSameTime() throws {
    let pair = try Pair(
      NetworkPreset.residual.specification.layers, .map(channels: 3, height: 32, width: 32), classCount: 10,
      count: 16)
    let alone = (0..<16).map { pair.output($0) }
    let (pictures, pixels, size) = (pair.pictures, pair.pixels, pair.network.inputShape.count)
    let together = Lock([Int: [Float]]())
    DispatchQueue.concurrentPerform(iterations: 64) { index in
      let output = pictures.output(for: Array(pixels[index % 16 * size..<(index % 16 + 1) * size]))
      together.withLock { $0[index] = output }
    }
    together.withLock { outputs in
      #expect((0..<64).allSatisfy { outputs[$0] == alone[$0 % 16] })
    }
  }

  @Test func aMapIsWrittenByChannelRowAndColumn() throws {
    let graph = InferenceGraph(
      [LayerSpecification(MaxPoolKind(size: 2))], input: .map(channels: 3, height: 4, width: 4),
      classCount: 1,
      tensors: [:])
    let pictures = PictureNetwork(graph, input: .map(channels: 3, height: 4, width: 4))
    let output = pictures.output(for: (0..<48).map { UInt8($0 * 5) })
    // The last pixel of each window of 2x2: rows 1 and 3, columns 1 and 3.
    let expected = (0..<3).flatMap { channel in
      [15, 21, 39, 45].map { Float(($0 + channel) * 5) / 255 - 0.5 }
    }
    #expect(zip(output, expected).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test func valuesThatAreNeededTogetherDoNotOverlap() {
    var random = RandomStream(seed: 4, purpose: .samples)
    for _ in 0..<100 {
      let items = (0..<20).map { _ in
        let first = random.next(below: 20)
        return WorkspaceLayout.Item(
          count: 1 + random.next(below: 1000), steps: first...first + random.next(below: 5))
      }
      let layout = WorkspaceLayout(items)
      for one in items.indices {
        #expect(layout.offsets[one] + items[one].count <= layout.count)
        for other in 0..<one where items[one].steps.overlaps(items[other].steps) {
          let isAfter = layout.offsets[one] >= layout.offsets[other] + items[other].count
          #expect(isAfter || layout.offsets[other] >= layout.offsets[one] + items[one].count)
        }
      }
    }
  }
}

extension PictureNetwork {
  fileprivate func output(for pixels: [UInt8], _ pool: ComputePool? = nil) -> [Float] {
    [Float](unsafeUninitializedCapacity: outputCount) { output, count in
      if let pool {
        compute(pixels, into: output.baseAddress!, pool: pool)
      } else {
        compute(pixels, into: output.baseAddress!)
      }
      count = outputCount
    }
  }
}

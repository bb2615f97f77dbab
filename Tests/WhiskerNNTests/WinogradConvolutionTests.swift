import CKernels
import Testing
import WhiskerCore
import WhiskerNN

/// Winograd's kernels compared to the direct ones, and the independence of results of the number of threads.
@Suite struct WinogradConvolutionTests {
  /// Channels, filters, side and padding.
  static let cases: [(Int64, Int64, Int64, Int64)] = [
    (16, 16, 8, 1), (17, 29, 9, 0), (24, 48, 12, 1), (33, 19, 7, 2), (16, 112, 8, 1),
  ]
  private static let blocks: Int64 = 2

  @Test(arguments: cases)
  func outputsAndWeightGradientsAreThoseOfTheDirectKernels(
    _ test: (channels: Int64, filters: Int64, side: Int64, padding: Int64)
  ) {
    var shape = Self.shape(test.channels, test.filters, side: test.side, padding: test.padding)
    let block = Int64(WHISKER_BLOCK)
    let (inputStride, outputStride) = (
      shape.channels * shape.height * shape.width * block,
      shape.filters * shape.out_height * shape.out_width * block
    )
    var random = RandomStream(seed: 4, purpose: .samples)
    func numbers(_ count: Int64) -> [Float] { (0..<count).map { _ in Float(random.unit() - 0.5) } }
    let (input, gradient) = (numbers(Self.blocks * inputStride), numbers(Self.blocks * outputStride))
    let weights = numbers(shape.filters * shape.channels * 9)
    let bias = numbers(shape.filters)

    var direct = [Float](repeating: .nan, count: gradient.count)
    var packed = [Float](repeating: .nan, count: Int(whisker_convolution_workspace(&shape)))
    for index in 0..<Self.blocks {
      direct.withUnsafeMutableBufferPointer { output in
        input.withUnsafeBufferPointer {
          whisker_convolution_forward(
            &shape, 0, shape.filters, weights, bias, $0.baseAddress! + Int(index * inputStride),
            output.baseAddress! + Int(index * outputStride), &packed)
        }
      }
    }
    var directGradient = [Float](repeating: .nan, count: weights.count)
    var sums = [Float](
      repeating: .nan, count: Int(whisker_convolution_weights_workspace(&shape, shape.filters)))
    whisker_convolution_weights(
      &shape, 0, shape.filters, Self.blocks, input, gradient, &directGradient, nil, &sums)

    let tiles = Self.blocks * whisker_winograd_tiles(&shape)
    var transformed = [Float](repeating: .nan, count: 36 * weights.count / 9)
    whisker_winograd_transform(&shape, 0, shape.filters, weights, 0, &transformed)
    var output = [Float](repeating: .nan, count: gradient.count)
    var workspace = [Float](repeating: .nan, count: Int(whisker_winograd_workspace(&shape, tiles)))
    // In parts, as with several threads.
    for (first, end) in [(0, tiles / 3), (tiles / 3, tiles)] {
      var task = whisker_winograd_task(
        first_tile: first, end_tile: end, first_filter: 0, end_filter: shape.filters, pool: nil, unpool: nil)
      whisker_winograd_forward(&shape, &task, transformed, bias, input, &output, &workspace)
    }
    #expect(Self.error(output, direct) < 1e-4)

    workspace = Array(
      repeating: .nan, count: Int(whisker_winograd_gradient_workspace(&shape, shape.filters)))
    sums = Array(repeating: .nan, count: Int(whisker_winograd_gradient_sums(&shape, shape.filters)))
    var task = whisker_winograd_task(
      first_tile: 0, end_tile: tiles, first_filter: 0, end_filter: shape.filters, pool: nil, unpool: nil)
    whisker_winograd_gradient(&shape, &task, input, gradient, &sums, &workspace)
    var weightGradient = [Float](repeating: .nan, count: weights.count)
    sums.withUnsafeBufferPointer {
      var of = whisker_winograd_sums(
        first_filter: 0, end_filter: shape.filters, parts: 1, sums: $0.baseAddress)
      whisker_winograd_gradient_finish(&shape, &of, 0, shape.filters, &weightGradient)
    }
    #expect(Self.error(weightGradient, directGradient) < 1e-4)
  }

  @Test func resultsDoNotDependOnTheNumberOfThreads() throws {
    let one = try Self.trained(threads: 1)
    #expect(one.allSatisfy { $0.allSatisfy(\.isFinite) })
    for threads in [2, 5] { #expect(try Self.trained(threads: threads) == one) }
  }

  /// The parameters and buffers after three steps of a network with all kinds of convolutions.
  private static func trained(threads: Int) throws -> [[Float]] {
    let json = """
      {"layers": [{"type": "convolution", "filters": 18, "kernel": 3, "stride": 2, "padding": "same"},
      {"type": "convolution", "filters": 40, "kernel": 3, "padding": "same"}, {"type": "max_pool", "size": 2},
      {"type": "batch_norm"}, {"type": "relu"},
      {"type": "residual", "body": [{"type": "convolution", "filters": 40, "kernel": 3, "padding": "same"},
      {"type": "batch_norm"}, {"type": "relu"}]},
      {"type": "convolution", "filters": 40, "kernel": 3, "padding": "same", "groups": 40},
      {"type": "convolution", "filters": 21, "kernel": 1}, {"type": "global_max_pool"}, {"type": "dense"}]}
      """
    let (count, side) = (35, 20)
    let network = try Network(
      NetworkSpecification(json: Array(json.utf8)), input: .map(channels: 3, height: side, width: side),
      classCount: 2, capacity: count, pool: ComputePool(threads: threads))
    network.initialize(seed: 3)
    let adam = Adam(network.trainableParameters, learningRate: 1e-3)
    let images = (0..<count * side * side * 3).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
    let labels = (0..<count).map { Int32($0 % 2) }
    let gradient = Tensor(shape: [count, 2])
    for step in 0..<3 {
      images.withUnsafeBufferPointer { pixels in
        let logits = network.forward(count: count, pass: .training(seed: 1, step: UInt32(step))) {
          pixels.baseAddress! + $0 * side * side * 3
        }
        var totals = SoftmaxCrossEntropy.Totals()
        SoftmaxCrossEntropy.measure(logits, labels: labels, classCount: 2, gradient: gradient, into: &totals)
      }
      network.backward(gradient, count: count, updating: adam)
    }
    return network.parameters.map(\.value.values) + network.buffers.map(\.values.values)
  }

  private static func shape(
    _ channels: Int64, _ filters: Int64, side: Int64, padding: Int64
  ) -> whisker_convolution {
    let out = side + 2 * padding - 2
    return whisker_convolution(
      channels: channels, height: side, width: side, filters: filters, kernel_height: 3, kernel_width: 3,
      stride: 1,
      pad_top: padding, pad_left: padding, out_height: out, out_width: out, groups: 1, out_offset: 0,
      out_row_stride: out, out_column_stride: 1, out_channel_stride: out * out)
  }

  /// The largest difference, as a share of the root mean square.
  private static func error(_ values: [Float], _ expected: [Float]) -> Float {
    let square = expected.reduce(0) { $0 + $1 * $1 } / Float(expected.count)
    return zip(values, expected).reduce(0) { worst, pair in
      pair.0.isNaN ? .infinity : max(worst, abs(pair.0 - pair.1))
    } / square.squareRoot()
  }
}

import CKernels
import Testing
import WhiskerCore

/// Winograd's kernel compared to direct sums in double precision, and its masks compared to those of the direct kernel.
@Suite struct WinogradTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let tile: Int64
    let height, width: Int64
    var channels: Int64 = 17
    var filters: Int64 = 29
    var testDescription: String { "\(height) x \(width), tiles of \(tile)" }
    var shape: whisker_conv {
      whisker_conv(channels: channels, height: height, width: width, filters: filters, kernel: 3)
    }
  }

  static let cases = [
    Case(tile: 0, height: 9, width: 20), Case(tile: 4, height: 10, width: 11),
    Case(tile: 5, height: 13, width: 13, channels: 32, filters: 64),
    Case(tile: 6, height: 14, width: 14), Case(tile: 4, height: 17, width: 10),
    Case(tile: 5, height: 20, width: 12), Case(tile: 6, height: 15, width: 24),
  ]

  @Test(arguments: cases)
  func theTileWithTheFewestProductsIsTaken(_ test: Case) {
    var shape = test.shape
    #expect(whisker_conv_winograd_tile(&shape) == test.tile)
  }

  @Test(arguments: cases.filter { $0.tile > 0 }, [0, 20_000])
  func sumsAndMasksAreThoseOfTheConvolution(_ test: Case, threshold: UInt32) {
    let layer = Layer(test.shape, threshold: threshold)
    let (plain, fast) = (layer.forward(), layer.forwardWinograd())
    var (different, worst) = (0, Float(0))
    for place in plain.output.indices {
      let (four, gain) = (layer.sums(at: place), 65_536 / Float(65_536 - threshold))
      let largest = four.max()!
      if fast.choice[place] == 8 {
        #expect(fast.output[place] == 0)
      } else {
        worst = max(worst, abs(fast.output[place] / gain - largest))
        #expect(four[Int(fast.choice[place] / 2)] > largest - Layer.tolerance)
      }
      // Both must be dropped or kept, except for values near zero, where ReLU may differ.
      if (fast.choice[place] == 8) != (plain.choice[place] == 8) {
        different += 1
        #expect(abs(largest) < Layer.tolerance)
      }
    }
    #expect(worst < Layer.tolerance)
    #expect(different < plain.output.count / 1000)
    #expect(fast.choice.contains { $0 != 8 })
  }
}

/// A convolution with random weights and one block of nonnegative inputs, as after ReLU.
private final class Layer {
  /// The sums are about 1. The largest error of a hundred thousand is about ten times that of direct sums in single precision.
  static let tolerance: Float = 4e-5

  private var shape: whisker_conv
  private var dropout: whisker_dropout
  private let weights, bias, input: [Float]
  private var pooled: (height: Int, width: Int) { (Int(shape.height - 2) / 2, Int(shape.width - 2) / 2) }
  private var outputSize: Int { Int(shape.filters) * pooled.height * pooled.width * Int(WHISKER_BLOCK) }

  init(_ shape: whisker_conv, threshold: UInt32) {
    self.shape = shape
    dropout = whisker_dropout(seed: 3, step: 1, layer: 2, row: 0, threshold: threshold)
    var random = RandomStream(seed: 4, purpose: .samples)
    func numbers(_ count: Int64, _ range: Float) -> [Float] {
      (0..<count).map { _ in Float(random.unit() - 0.5) * range }
    }
    weights = numbers(shape.filters * shape.channels * 9, 0.5)
    bias = numbers(shape.filters, 0.5)
    input = numbers(shape.channels * shape.height * shape.width * Int64(WHISKER_BLOCK), 2).map { max($0, 0) }
  }

  func forward() -> (output: [Float], choice: [UInt8]) {
    var workspace = [UInt8](repeating: 0, count: Int(whisker_conv_pool_workspace(&shape)))
    return outputs { output, choice in
      whisker_conv_pool_forward(
        &shape, 0, shape.filters, weights, bias, input, &dropout, output, choice, &workspace)
    }
  }

  func forwardWinograd() -> (output: [Float], choice: [UInt8]) {
    let side = whisker_conv_winograd_tile(&shape) + 2
    var transformed = [Float](repeating: .nan, count: Int(side * side * shape.filters * shape.channels))
    var workspace = [Float](repeating: .nan, count: Int(whisker_conv_winograd_workspace(&shape)))
    // In two parts, as with two threads.
    for (first, end) in [(Int64(0), Int64(8)), (8, shape.filters)] {
      whisker_conv_winograd_weights(&shape, first, end, weights, &transformed)
    }
    return outputs { output, choice in
      for (first, end) in [(Int64(0), Int64(8)), (8, shape.filters)] {
        whisker_conv_pool_winograd(
          &shape, first, end, transformed, bias, input, &dropout, output, choice, &workspace)
      }
    }
  }

  private func outputs(
    _ run: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<UInt8>) -> Void
  ) -> (output: [Float], choice: [UInt8]) {
    var (output, choice) = (
      [Float](repeating: .nan, count: outputSize), [UInt8](repeating: 99, count: outputSize)
    )
    output.withUnsafeMutableBufferPointer { output in
      choice.withUnsafeMutableBufferPointer { run(output.baseAddress!, $0.baseAddress!) }
    }
    return (output, choice)
  }

  /// The four sums plus bias of each pooling window, `[filters, height, width, block]`.
  func sums(at place: Int) -> [Float] {
    let block = Int(WHISKER_BLOCK)
    let (lane, window) = (place % block, place / block)
    let (y, x) = (window / pooled.width % pooled.height, window % pooled.width)
    let filter = window / (pooled.width * pooled.height)
    return (0..<4).map { sum(filter, y: 2 * y + $0 / 2, x: 2 * x + $0 % 2, lane) }
  }

  private func sum(_ filter: Int, y: Int, x: Int, _ lane: Int) -> Float {
    let (height, width, channels) = (Int(shape.height), Int(shape.width), Int(shape.channels))
    var sum = Double(bias[filter])
    for channel in 0..<channels {
      for tap in 0..<9 {
        let at = (channel * height + y + tap / 3) * width + x + tap % 3
        sum +=
          Double(weights[(filter * channels + channel) * 9 + tap])
          * Double(input[at * Int(WHISKER_BLOCK) + lane])
      }
    }
    return Float(sum)
  }
}

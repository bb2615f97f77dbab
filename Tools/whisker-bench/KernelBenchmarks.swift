import CKernels
import WhiskerNN

extension Benchmark {
  /// Every kernel on a batch of 128, on one core, in the variant chosen for this CPU or by WHISKER_KERNELS.
  static func kernels(_ place: BenchContext) throws -> [Row] {
    let peak = PeakRate.measure(cores: 1)
    place.waitForQuiet()
    var rows = [Row("kernels, one core", "multiply-adds in registers", unit: "GFLOP/s", [peak])]
    for kernel in denseKernels + convolutionKernels(first) + convolutionKernels(second) + argmaxKernels {
      var row = Row(rows[0].benchmark, kernel.name, unit: "GFLOP/s", place.rates(of: kernel))
      row.compare(with: peak, "of the peak")
      rows.append(row)
    }
    return rows
  }
}

/// A kernel and its work on a batch.
private struct Kernel {
  let name: String
  /// Floating-point operations, including those with zeros.
  let operations: Int
  let work: () -> Void
}

/// An aligned buffer of numbers from -1/2 to 1/2.
private func floats(_ count: Int) -> UnsafeMutablePointer<Float> {
  let memory = UnsafeMutablePointer<Float>.allocate(capacity: count + 16)
  let aligned = UnsafeMutablePointer<Float>(bitPattern: (UInt(bitPattern: memory) + 63) & ~63)!
  for index in 0..<count { aligned[index] = Float(index &* 7919 % 1024) / 1024 - 0.5 }
  return aligned
}

private let block = Int(WHISKER_BLOCK)
private let blocks = 8
private let batch = blocks * block

private var denseKernels: [Kernel] {
  let (features, units) = (5408, 128)
  var shape = whisker_dense(features: Int64(features), units: Int64(units))
  let (weights, moments, variances) = (
    floats(features * units), floats(features * units), floats(features * units)
  )
  for index in 0..<features * units { variances[index] = 0.01 }
  let (input, output, inputGradient) = (
    floats(features * batch), floats(units * batch), floats(features * batch)
  )
  let nonzeros = DenseNonzeros(units: units)
  let workspace = floats(Int(whisker_dense_workspace(Int64(blocks))))
  let operations = 2 * features * units * batch
  return [
    Kernel(name: "dense 5408x128, forward", operations: operations) {
      whisker_dense_forward(&shape, 0, shape.features, Int64(blocks), weights, input, output, 0)
    },
    Kernel(name: "dense 5408x128, by the input", operations: operations) {
      whisker_dense_backward(
        &shape, 0, shape.features, Int64(blocks), weights, nonzeros.ofSamples, nonzeros.sampleCounts,
        inputGradient,
        Int64(features * block))
    },
    Kernel(name: "dense 5408x128, by the weights, Adam", operations: operations) {
      var adam = whisker_adam(
        value: weights, mean: moments, variance: variances, rate: 1e-9, beta1: 0.9, beta2: 0.999,
        epsilon: 1e-7, keep: 1)
      whisker_dense_weights(
        &shape, 0, shape.features, Int64(blocks), input, nonzeros.ofUnits, nonzeros.unitCounts, nil, &adam,
        workspace)
    },
  ]
}

/// The nonzeros of a gradient of which a quarter is nonzero, as after ReLU and dropout.
private struct DenseNonzeros {
  let ofSamples: UnsafeMutablePointer<whisker_nonzero>
  let ofUnits: UnsafeMutablePointer<whisker_nonzero>
  let sampleCounts: UnsafeMutablePointer<Int32>
  let unitCounts: UnsafeMutablePointer<Int32>

  init(units: Int) {
    let gradient = floats(units * batch)
    for index in 0..<units * batch where index &* 2_654_435_761 >> 7 & 3 != 0 { gradient[index] = 0 }
    (ofSamples, ofUnits) = (.allocate(capacity: units * batch), .allocate(capacity: units * batch))
    (sampleCounts, unitCounts) = (.allocate(capacity: batch), .allocate(capacity: units))
    for index in 0..<blocks {
      whisker_dense_sample_nonzeros(
        Int64(units), gradient + index * block * units, ofSamples + index * block * units,
        sampleCounts + index * block)
    }
    for first in stride(from: 0, to: units, by: block) {
      whisker_dense_unit_nonzeros(
        Int64(units), Int64(first), Int64(first + block), Int64(blocks), gradient, ofUnits + first * batch,
        unitCounts + first)
    }
  }
}

private let first = whisker_conv(channels: 1, height: 28, width: 28, filters: 32, kernel: 3)
private let second = whisker_conv(channels: 32, height: 13, width: 13, filters: 64, kernel: 3)

/// The kernels of a fused convolution and pool, and their common memory.
private func convolutionKernels(_ layer: whisker_conv) -> [Kernel] {
  var shape = layer
  let map = Convolution(layer)
  let name = "conv \(layer.channels)x\(layer.filters)"
  let forward = Kernel(name: "\(name), forward", operations: map.operations) { map.forward() }
  // Backward visits one position of four.
  let byWeights = Kernel(name: "\(name), by the weights, argmaxes", operations: map.operations / 4) {
    whisker_conv_pool_weights(
      &shape, 0, shape.filters, Int64(blocks), map.input, map.choices, map.gradient, Int64(map.outputSize), 1,
      map.weightGradient, map.biasGradient, map.sums)
  }
  let transformed = Kernel(name: "\(name), forward, Winograd", operations: map.operations) {
    map.forwardWinograd()
  }
  map.forward()
  return layer.channels < 8 ? [forward, byWeights] : [forward, transformed]
}

private var argmaxKernels: [Kernel] {
  var shape = second
  let map = Convolution(second)
  let row = Int(whisker_conv_channel_row(second.channels))
  let pixels = floats(block * 13 * 13 * row)
  let rows = floats(64 * 9 * row)
  let argmaxes = UnsafeMutablePointer<whisker_argmax>.allocate(capacity: map.outputSize)
  let counts = UnsafeMutablePointer<Int32>.allocate(capacity: 64 * block)
  let sums = floats(Int(whisker_conv_sums(&shape)))
  map.forward()
  whisker_conv_weight_rows(&shape, 0, shape.filters, map.weights, rows)
  func forEachBlock(_ body: (Int) -> Void) { for index in 0..<blocks { body(index) } }
  return [
    Kernel(name: "conv 32x64, by the weights, argmaxes", operations: map.operations / 4) {
      forEachBlock { index in
        whisker_conv_pixels(&shape, map.input + index * map.inputSize, pixels)
        whisker_conv_argmaxes(
          &shape, map.choices + index * map.outputSize, map.gradient + index * map.outputSize, 1, argmaxes,
          counts)
        whisker_conv_argmax_weights(&shape, pixels, argmaxes, counts, sums)
      }
    },
    Kernel(name: "conv 32x64, by the input, argmaxes", operations: map.operations / 4) {
      forEachBlock { index in
        whisker_conv_argmax_input(
          &shape, rows, argmaxes, counts, pixels, map.inputGradient + index * map.inputSize)
      }
    },
  ]
}

/// The memory of a fused convolution and pool.
private final class Convolution {
  private var shape: whisker_conv
  let inputSize: Int
  let outputSize: Int
  let operations: Int
  let weights, bias, input, output, gradient, inputGradient, weightGradient, biasGradient,
    sums: UnsafeMutablePointer<Float>
  let choices: UnsafeMutablePointer<UInt8>
  private let dropped: UnsafeMutablePointer<UInt8>
  private let transformed, workspace: UnsafeMutablePointer<Float>

  init(_ layer: whisker_conv) {
    shape = layer
    let taps = Int(layer.channels * layer.kernel * layer.kernel)
    let filters = Int(layer.filters)
    let (height, width) = (Int(layer.height - 2), Int(layer.width - 2))
    inputSize = Int(layer.channels * layer.height * layer.width) * block
    outputSize = filters * (height / 2) * (width / 2) * block
    operations = 2 * taps * filters * (height / 2 * 2) * (width / 2 * 2) * batch
    (weights, bias) = (floats(filters * taps), floats(filters))
    (weightGradient, biasGradient) = (floats(filters * taps), floats(filters))
    (input, inputGradient) = (floats(inputSize * blocks), floats(inputSize * blocks))
    (output, gradient) = (floats(outputSize * blocks), floats(outputSize * blocks))
    sums = floats(filters * (taps + 2) * block)
    choices = .allocate(capacity: outputSize * blocks)
    dropped = .allocate(capacity: Int(whisker_conv_pool_workspace(&shape)))
    let side = Int(whisker_conv_winograd_tile(&shape)) + 2
    transformed = floats(side * side * filters * Int(layer.channels))
    workspace = floats(Int(whisker_conv_winograd_workspace(&shape)))
  }

  func forward() {
    for index in 0..<blocks {
      var dropout = whisker_dropout(seed: 0, step: 0, layer: 0, row: UInt32(index * block), threshold: 0)
      whisker_conv_pool_forward(
        &shape, 0, shape.filters, weights, bias, input + index * inputSize, &dropout,
        output + index * outputSize,
        choices + index * outputSize, dropped)
    }
  }

  func forwardWinograd() {
    whisker_conv_winograd_weights(&shape, 0, shape.filters, weights, transformed)
    for index in 0..<blocks {
      var dropout = whisker_dropout(seed: 0, step: 0, layer: 0, row: UInt32(index * block), threshold: 0)
      whisker_conv_pool_winograd(
        &shape, 0, shape.filters, transformed, bias, input + index * inputSize, &dropout,
        output + index * outputSize, choices + index * outputSize, workspace)
    }
  }
}

extension BenchContext {
  /// The GFLOP/s of several measurements, each of many calls.
  fileprivate func rates(of kernel: Kernel) -> [Double] {
    let calls = isQuick ? 1 : max(1, 2_000_000_000 / kernel.operations)
    kernel.work()
    return (0..<runs).map { _ in
      let start = ContinuousClock.now
      for _ in 0..<calls { kernel.work() }
      return Double(kernel.operations * calls) / ((ContinuousClock.now - start) / .seconds(1)) / 1e9
    }
  }
}

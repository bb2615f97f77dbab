import CKernels
import WhiskerCore

/// The shape and the parameters of a convolution with stride 1 and no padding.
final class ConvolutionFilters {
  /// `[filters, channels, kernel, kernel]`
  let weight: Parameter
  /// `[filters]`
  let bias: Parameter
  let shape: whisker_conv
  private let index: Int

  init(index: Int, channels: Int, height: Int, width: Int, filters: Int, kernel: Int) {
    self.index = index
    weight = Parameter(name: "\(index).weight", shape: [filters, channels, kernel, kernel])
    bias = Parameter(name: "\(index).bias", shape: [filters])
    shape = whisker_conv(
      channels: Int64(channels), height: Int64(height), width: Int64(width), filters: Int64(filters),
      kernel: Int64(kernel))
  }

  var parameters: [Parameter] { [weight, bias] }
  var filters: Int { Int(shape.filters) }
  var channels: Int { Int(shape.channels) }
  var outHeight: Int { Int(shape.height - shape.kernel + 1) }
  var outWidth: Int { Int(shape.width - shape.kernel + 1) }
  var inputFeatures: Int { Int(shape.channels * shape.height * shape.width) }
  /// The number of inputs of one output.
  var taps: Int { Int(shape.channels * shape.kernel * shape.kernel) }

  func initialize(seed: UInt64) {
    weight.fillGlorotUniform(fanIn: taps, fanOut: filters * taps / channels, seed: seed, layer: index)
    bias.value.stored.clear()
  }

  /// Applies an optimizer's step to some filters from their stored gradients.
  func apply(_ step: FusedStep?, to filters: Range<Int>) {
    step?.apply(to: weight, filters.lowerBound * taps..<filters.upperBound * taps)
    step?.apply(to: bias, filters)
  }
}

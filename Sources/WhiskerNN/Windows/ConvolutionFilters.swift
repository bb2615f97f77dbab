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

  init(_ kind: ConvolutionKind, _ place: LayerPlace) {
    index = place.number
    let extents = place.input.extents
    weight = place.parameter("weight", shape: [kind.filters, extents[0], kind.height, kind.width])
    bias = place.parameter("bias", shape: [kind.filters])
    shape = whisker_conv(
      channels: Int64(extents[0]), height: Int64(extents[1]), width: Int64(extents[2]),
      filters: Int64(kind.filters), kernel: Int64(kind.height))
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

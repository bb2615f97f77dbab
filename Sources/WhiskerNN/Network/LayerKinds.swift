extension LayerSpecification {
  /// The kinds of layers. A new kind is added here.
  static let kinds: [any LayerKind.Type] = [
    ConvolutionKind.self, BatchNormKind.self, ActivationKind.ReLU.self, ActivationKind.ReLU6.self,
    ActivationKind.LeakyReLU.self, ActivationKind.SiLU.self, ActivationKind.HardSwish.self, MaxPoolKind.self,
    AveragePoolKind.self, GlobalAveragePoolKind.self, GlobalMaxPoolKind.self, DropoutKind.self,
    SpatialDropoutKind.self, GaussianDropoutKind.self, FlattenKind.self, DenseKind.self, DropConnectKind.self,
    ResidualKind.self, RescaleKind.self,
  ]
}

/// The layers by name, as the presets and tests write them.
extension LayerSpecification {
  /// A convolution with square kernels, stride 1, without padding.
  public static func convolution(filters: Int, kernel: Int) -> LayerSpecification {
    LayerSpecification(ConvolutionKind(filters: filters, kernel: kernel))
  }
  /// Max-pool with `size` x `size` windows and the same stride. Incomplete windows at the edges are ignored.
  public static func maxPool(size: Int) -> LayerSpecification { LayerSpecification(MaxPoolKind(size: size)) }
  /// max(x, 0)
  public static var relu: LayerSpecification { LayerSpecification(ActivationKind.ReLU()) }
  /// Inverted dropout.
  public static func dropout(rate: Double) -> LayerSpecification {
    LayerSpecification(DropoutKind(rate: rate))
  }
  /// Dropout of whole channels.
  public static func spatialDropout(rate: Double) -> LayerSpecification {
    LayerSpecification(SpatialDropoutKind(rate: rate))
  }
  /// Multiplication by normal random numbers.
  public static func gaussianDropout(rate: Double) -> LayerSpecification {
    LayerSpecification(GaussianDropoutKind(rate: rate))
  }
  /// A map as a vector, in the order channel, row, column.
  public static var flatten: LayerSpecification { LayerSpecification(FlattenKind()) }
  /// A fully connected layer, by default with one unit per class.
  public static func dense(units: Int?) -> LayerSpecification { LayerSpecification(DenseKind(units: units)) }
  /// A fully connected layer whose weights are dropped.
  public static func dropConnect(units: Int?, rate: Double) -> LayerSpecification {
    LayerSpecification(DropConnectKind(units: units, rate: rate))
  }
}

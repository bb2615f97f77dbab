/// The layout of weights in a framework.
public enum WeightsLayout: String, Sendable, CaseIterable {
  /// Convolutions `[out, in, height, width]`, dense layers `[out, in]`; maps are flattened as channels, height, width.
  case pytorch
  /// Convolutions `[height, width, in, out]`, dense layers `[in, out]`; maps are flattened as height, width, channels.
  case keras

  /// The framework's name.
  public var title: String {
    switch self {
    case .pytorch: "PyTorch"
    case .keras: "Keras"
    }
  }
}

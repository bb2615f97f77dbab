/// An optimizer that a configuration names. Each one describes itself in its own file; `allCases` lists them.
public struct OptimizerKind: RawRepresentable, CaseIterable, Sendable {
  /// The settings of an optimizer.
  public struct Settings: Sendable {
    /// The learning rate, above 0.
    public var learningRate: Double
    /// The momentum, 0 to below 1. An optimizer without momentum ignores it.
    public var momentum: Double
    /// Decoupled weight decay: a step multiplies weights by 1 - learning rate * decay; 0 for none.
    public var weightDecay: Double

    public init(learningRate: Double, momentum: Double, weightDecay: Double) {
      (self.learningRate, self.momentum, self.weightDecay) = (learningRate, momentum, weightDecay)
    }
  }

  /// All optimizers.
  public static let allCases: [OptimizerKind] = [.adam, .sgd, .muon]

  /// The name in JSON and at the command line: "adam".
  public let rawValue: String
  /// The name in a text: "Adam".
  public let title: String
  /// The optimizer in a few words, for the help.
  public let summary: String
  /// The default learning rate.
  public let defaultLearningRate: Double
  /// Whether it has momentum.
  public let hasMomentum: Bool
  private let build: @Sendable ([Parameter], Settings) -> any Optimizer

  package init(
    _ name: String, title: String, summary: String, defaultLearningRate: Double, hasMomentum: Bool = false,
    build: @escaping @Sendable ([Parameter], Settings) -> any Optimizer
  ) {
    (rawValue, self.title, self.summary) = (name, title, summary)
    (self.defaultLearningRate, self.hasMomentum, self.build) = (defaultLearningRate, hasMomentum, build)
  }

  /// The optimizer of that name; nil for none.
  public init?(rawValue: String) {
    guard let kind = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = kind
  }

  /// An optimizer of this kind for `parameters`.
  public func optimizer(_ parameters: [Parameter], _ settings: Settings) -> any Optimizer {
    build(parameters, settings)
  }
}

extension OptimizerKind: Codable, Equatable {}

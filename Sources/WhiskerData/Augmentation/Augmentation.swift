import WhiskerTensor

/// How strongly training samples are varied; 0 leaves a thing as it is.
public struct Augmentation: Sendable, Equatable {
  /// The probability that a sample is mirrored, left becoming right.
  public var flip = 0.0
  /// The largest shift along either axis, as a share of the side.
  public var shift = 0.0
  /// The largest rotation either way, in degrees.
  public var rotate = 0.0
  /// The largest change of brightness: values are multiplied by a factor from 1 - `brightness` to 1 + `brightness`.
  public var brightness = 0.0
  /// The standard deviation of the noise on every value, as a share of the range of values.
  public var noise = 0.0
  /// The share of pixels that are dropped: the dropout of an input layer.
  public var dropout = 0.0

  /// Nothing is varied.
  public init() {}

  /// Whether every strength makes sense.
  public var isValid: Bool { Kind.allCases.allSatisfy { (0...$0.limit).contains(self[$0]) } }

  /// Whether every sample stays as it is.
  public var isIdentity: Bool { self == Augmentation() }

  /// The ways to vary a sample.
  public enum Kind: String, Sendable, CaseIterable {
    /// Mirrors it, left and right changing places; the strength is the probability.
    case flip
    /// Moves it; the strength is the largest distance, as a share of the side.
    case shift
    /// Turns it; the strength is the largest angle, in degrees.
    case rotate
    /// Makes it lighter or darker; the strength is the largest change, as a share.
    case brightness
    /// Adds normal noise; the strength is the standard deviation, as a share of the range of values.
    case noise
    /// Drops pixels, as the dropout of an input layer does; the strength is the share of them.
    case dropout

    /// The largest strength that makes sense.
    public var limit: Double {
      switch self {
      case .flip, .shift, .brightness, .noise: 1
      case .rotate: 180
      case .dropout: 0.99
      }
    }

    /// The strength where only the kind is named.
    public var defaultStrength: Double {
      switch self {
      case .flip: 0.5
      case .shift: 0.1
      case .rotate: 15
      case .brightness: 0.2
      case .noise: 0.05
      case .dropout: 0.1
      }
    }
  }

  /// The strength of one kind.
  public subscript(kind: Kind) -> Double {
    get { self[keyPath: Self.path(of: kind)] }
    set { self[keyPath: Self.path(of: kind)] = newValue }
  }

  private static func path(of kind: Kind) -> WritableKeyPath<Augmentation, Double> {
    switch kind {
    case .flip: \.flip
    case .shift: \.shift
    case .rotate: \.rotate
    case .brightness: \.brightness
    case .noise: \.noise
    case .dropout: \.dropout
    }
  }
}

extension Augmentation: Codable {
  private enum CodingKeys: String, CodingKey { case flip, shift, rotate, brightness, noise, dropout }

  /// Reads the strengths; one that is not there is 0.
  /// - Throws: `DecodingError` when a strength is out of range.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    for kind in Kind.allCases {
      guard let key = CodingKeys(rawValue: kind.rawValue) else { continue }
      self[kind] = try values.decodeIfPresent(Double.self, forKey: key) ?? 0
    }
    guard isValid else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "an augmentation out of range"))
    }
  }
}

extension Augmentation: CustomStringConvertible {
  /// The augmentation in words: "flip 50 %, rotate up to 15 degrees".
  public var description: String {
    let words = Kind.allCases.compactMap { kind -> String? in
      let strength = self[kind]
      guard strength > 0 else { return nil }
      let share = "\(plain(strength * 100)) %"
      switch kind {
      case .rotate: return "rotate up to \(plain(strength)) degrees"
      case .shift, .brightness: return "\(kind) up to \(share)"
      case .flip, .noise, .dropout: return "\(kind) \(share)"
      }
    }
    return words.joined(separator: ", ")
  }
}

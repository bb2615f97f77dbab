import WhiskerCore

/// How strongly training samples are augmented, by kind; a strength of 0 changes nothing.
public struct Augmentation: Sendable, Equatable {
  /// The strengths that are not 0, by the name of their kind.
  private var strengths: [String: Double] = [:]

  /// No augmentation.
  public init() {}

  /// The strength of one kind.
  public subscript(kind: Kind) -> Double {
    get { strengths[kind.name] ?? 0 }
    set { strengths[kind.name] = newValue == 0 ? nil : newValue }
  }

  /// Whether every strength is within the limits of its kind.
  public var isValid: Bool { Kind.allCases.allSatisfy { (0...$0.limit).contains(self[$0]) } }

  /// Whether every sample stays as it is.
  public var isIdentity: Bool { strengths.isEmpty }

  /// A way to augment samples: its name, its strength, and what it does.
  ///
  /// A new kind is a file of its own that declares one, and its place in `allCases`.
  public struct Kind: Sendable, Hashable, CaseIterable, CustomStringConvertible {
    /// All kinds, in the order in which they draw random numbers and are applied. Motions come first.
    public static let allCases: [Kind] = [.flip, .shift, .rotate, .brightness, .noise, .dropout]

    /// The name in options and in JSON.
    public let name: String
    /// The meaning of the strength, with its unit: "the largest angle in degrees".
    public let meaning: String
    /// The largest strength.
    public let limit: Double
    /// The strength where only the kind is named.
    public let defaultStrength: Double
    /// A strength in words: "up to 15 degrees".
    let words: @Sendable (Double) -> String
    /// The step that augments samples of a given shape; nil where a strength of 0 needs none.
    let step: @Sendable (_ strength: Double, Preprocessing) -> Step?

    /// A kind of augmentation.
    package init(
      _ name: String, _ meaning: String, limit: Double, default defaultStrength: Double,
      words: @escaping @Sendable (Double) -> String,
      step: @escaping @Sendable (_ strength: Double, Preprocessing) -> Step?
    ) {
      (self.name, self.meaning, self.limit, self.defaultStrength) = (name, meaning, limit, defaultStrength)
      (self.words, self.step) = (words, step)
    }

    /// The kind with a name; nil where there is none.
    public init?(named name: String) {
      guard let kind = Self.allCases.first(where: { $0.name == name }) else { return nil }
      self = kind
    }

    /// The name.
    public var description: String { name }

    /// Kinds are equal by their names.
    public static func == (left: Kind, right: Kind) -> Bool { left.name == right.name }
    /// Hashes the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
  }
}

extension Augmentation {
  /// A step of the augmentation of a sample.
  package enum Step: Sendable {
    /// Adds to the motion of the pixels. The motions of all kinds are applied in one resampling, before the other steps.
    case motion(@Sendable (inout SampleRandom, inout Motion) -> Void)
    /// Changes the pixels, `[height, width, channels]`.
    case pixels(@Sendable (inout SampleRandom, UnsafeMutableBufferPointer<UInt8>) -> Void)
  }

  /// The random numbers of one sample in one epoch.
  package struct SampleRandom {
    private let seed: UInt64
    private let epoch: UInt32
    private let index: UInt32
    /// The stream that the kinds share. A kind draws as many numbers whatever its strength, so that the numbers of the others are
    /// the same with and without it.
    package var shared: RandomStream

    init(seed: UInt64, epoch: UInt32, index: UInt32) {
      (self.seed, self.epoch, self.index) = (seed, epoch, index)
      shared = RandomStream(seed: seed, purpose: .augmentation, step: epoch, index: index)
    }

    /// A stream of its own, for a kind that draws many numbers.
    func stream(_ purpose: RandomStream.Purpose) -> RandomStream {
      RandomStream(seed: seed, purpose: purpose, step: epoch, index: index)
    }

    /// A number drawn evenly from -1 up to, not including, 1, from the shared stream.
    package mutating func signed() -> Double { 2 * shared.unit() - 1 }
  }
}

extension Augmentation: Codable {
  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Reads the strengths; one that is missing is 0.
  /// - Throws: `DecodingError` when a strength is out of range.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    for kind in Kind.allCases {
      self[kind] = try values.decodeIfPresent(Double.self, forKey: Key(stringValue: kind.name)) ?? 0
    }
    guard isValid else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "an augmentation out of range"))
    }
  }

  /// Writes the strengths of all kinds.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    for kind in Kind.allCases { try values.encode(self[kind], forKey: Key(stringValue: kind.name)) }
  }
}

extension Augmentation: CustomStringConvertible {
  /// The augmentation in words: "flip 50 %, rotate up to 15 degrees".
  public var description: String {
    Kind.allCases.filter { self[$0] > 0 }.map { "\($0) \($0.words(self[$0]))" }.joined(separator: ", ")
  }

  /// A share in percent: "50 %".
  package static func percentage(_ share: Double) -> String { "\(plain(share * 100)) %" }
}

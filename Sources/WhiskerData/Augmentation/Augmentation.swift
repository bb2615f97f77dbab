import WhiskerCore

/// How strongly training samples are augmented, by kind; a strength of 0 changes nothing.
public struct Augmentation: Sendable, Equatable {
  /// The strengths that are not 0, by the name of their kind.
  private var strengths: [String: Strength] = [:]

  /// No augmentation.
  public init() {}

  /// The number of the strength of one kind.
  public subscript(kind: Kind) -> Double {
    get { strengths[kind.name]?.number ?? 0 }
    set { self[strength: kind] = Strength(newValue) }
  }

  /// The strength of one kind.
  public subscript(strength kind: Kind) -> Strength {
    get { strengths[kind.name] ?? Strength(0) }
    set { strengths[kind.name] = newValue.isZero ? nil : newValue }
  }

  /// Whether every strength is one that its kind may have.
  public var isValid: Bool { Kind.allCases.allSatisfy { $0.form.contains(self[strength: $0]) } }

  /// Whether every sample stays as it is.
  public var isIdentity: Bool { strengths.isEmpty }

  /// A way to augment samples: its name, its strength, and what it does.
  ///
  /// A new kind is a file of its own that declares one, and its place in `allCases`.
  public struct Kind: Sendable, Hashable, CaseIterable, CustomStringConvertible {
    /// All kinds, in the order in which they draw random numbers and are applied. Motions come first.
    public static let allCases: [Kind] = [
      .randomResizedCrop, .flip, .shift, .rotate, .brightness, .contrast, .saturation, .noise, .dropout,
      .erase,
    ]

    /// The name in options and in JSON.
    public let name: String
    /// The meaning of the strength, with its unit: "the largest angle in degrees".
    public let meaning: String
    /// The strengths that the kind may have.
    package let form: Form
    /// Whether the kind changes colours alone, and gray samples not at all.
    public let requiresColor: Bool
    /// A strength in words: "up to 15 degrees".
    let words: @Sendable (Strength) -> String
    /// The step that augments samples of a given shape; nil where a strength of 0 needs none.
    let step: @Sendable (_ strength: Strength, Preprocessing) -> Step?

    /// A kind of augmentation whose strength is a number.
    package init(
      _ name: String, _ meaning: String, limit: Double, default defaultStrength: Double,
      words: @escaping @Sendable (Double) -> String,
      step: @escaping @Sendable (_ strength: Double, Preprocessing) -> Step?
    ) {
      self.init(
        name, meaning, Form(limit: limit, defaultValue: defaultStrength), words: { words($0.number) },
        step: { step($0.number, $1) })
    }

    /// A kind of augmentation whose strength has a form of its own.
    package init(
      _ name: String, _ meaning: String, _ form: Form, requiresColor: Bool = false,
      words: @escaping @Sendable (Strength) -> String,
      step: @escaping @Sendable (_ strength: Strength, Preprocessing) -> Step?
    ) {
      (self.name, self.meaning, self.form, self.requiresColor) = (name, meaning, form, requiresColor)
      (self.words, self.step) = (words, step)
    }

    /// The largest number of a strength.
    public var limit: Double { form.limit }
    /// The number of the strength where only the kind is named.
    public var defaultStrength: Double { form.defaultValue }
    /// The strength where only the kind is named, as it is written in options.
    public var defaultText: String { form.text(Strength(defaultStrength), plain) }

    /// The strength in the text of an option; nil where it is invalid.
    public func strength(_ text: some StringProtocol) -> Strength? { form.strength(text) }

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

    /// The stream of the kind with a name, which changes no numbers of other kinds. A new kind uses it rather than the shared
    /// stream.
    /// - Parameter isConstant: Whether the numbers are the same in all epochs.
    package func stream(of name: String, isConstant: Bool = false) -> RandomStream {
      RandomStream(
        seed: seed, purpose: .augmentation, step: isConstant ? 0 : epoch, index: index,
        variant: Augmentation.variant(of: name))
    }

    /// Whether the epoch is an odd one, counted from 1.
    var isOddEpoch: Bool { epoch & 1 == 1 }

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
      let key = Key(stringValue: kind.name)
      guard let text = try? values.decode(String.self, forKey: key) else {
        self[kind] = try values.decodeIfPresent(Double.self, forKey: key) ?? 0
        continue
      }
      guard let strength = kind.strength(text) else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: values, debugDescription: "no strength of \(kind): \(text)")
      }
      self[strength: kind] = strength
    }
    guard isValid else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "an augmentation out of range"))
    }
  }

  /// Writes the strengths of all kinds: a number, or text where a number alone does not say everything.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    for kind in Kind.allCases {
      let (key, strength) = (Key(stringValue: kind.name), self[strength: kind])
      if strength.word == nil, strength.second == nil {
        try values.encode(strength.number, forKey: key)
      } else {
        try values.encode(kind.form.text(strength) { "\($0)" }, forKey: key)
      }
    }
  }
}

extension Augmentation: CustomStringConvertible {
  /// The augmentation in words: "flip 50 %, rotate up to 15 degrees".
  public var description: String {
    Kind.allCases.filter { !self[strength: $0].isZero }.map { "\($0) \($0.words(self[strength: $0]))" }
      .joined(separator: ", ")
  }

  /// A share in percent: "50 %".
  package static func percentage(_ share: Double) -> String { "\(plain(share * 100)) %" }

  /// The first kind that changes samples with colours alone; nil for none.
  public var kindForColor: Kind? { Kind.allCases.first { $0.requiresColor && !self[strength: $0].isZero } }

  /// The variant of the random streams of a kind: a hash of its name (FNV-1a), folded to 16 bits, and never 0, which is the
  /// shared stream.
  static func variant(of name: String) -> UInt16 {
    let hash = name.utf8.reduce(2_166_136_261 as UInt32) { ($0 ^ UInt32($1)) &* 16_777_619 }
    return UInt16(truncatingIfNeeded: hash ^ hash >> 16) | 1
  }
}

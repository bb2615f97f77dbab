extension Augmentation {
  /// The strength of a kind of augmentation: a number, for some kinds with a second number, or a word.
  public struct Strength: Sendable, Equatable {
    /// The number; 0 for no augmentation.
    public var number: Double
    /// The second number; nil for the kind's default.
    public var second: Double?
    /// A word in place of numbers: "alternating".
    public var word: String?

    /// A strength of one or two numbers.
    public init(_ number: Double, _ second: Double? = nil) { (self.number, self.second) = (number, second) }

    /// A strength that is a word.
    public init(word: String) { (number, self.word) = (0, word) }

    /// Whether it changes nothing.
    public var isZero: Bool { number == 0 && word == nil }
  }

  /// The strengths that a kind may have, and how they are written.
  package struct Form: Sendable {
    /// The second number of a strength.
    package struct Second: Sendable {
      /// The characters between the numbers.
      let separator: String
      /// The largest second number.
      let limit: Double
      /// The second number where only the first is given.
      let defaultValue: Double
      /// Whether the numbers are the ends of a range, so that the first is at most the second.
      var isRange = false
    }

    /// The largest number.
    let limit: Double
    /// The number where only the kind is named.
    let defaultValue: Double
    /// The second number; nil for kinds with one number.
    var second: Second?
    /// The word that may stand in place of numbers.
    var word: String?

    /// Whether a strength is a range of two numbers.
    package var isRange: Bool { second?.isRange ?? false }

    func contains(_ strength: Strength) -> Bool {
      if let word = strength.word {
        return word == self.word && strength.number == 0 && strength.second == nil
      }
      guard (0...limit).contains(strength.number) else { return false }
      guard let number = strength.second else { return true }
      guard let second, (0...second.limit).contains(number) else { return false }
      return !second.isRange || (strength.number > 0 && strength.number <= number)
    }

    /// The strength in a text; nil where it is invalid.
    func strength(_ text: some StringProtocol) -> Strength? {
      let strength: Strength?
      if let word, text.lowercased() == word {
        strength = Strength(word: word)
      } else if let second, let range = text.firstRange(of: second.separator) {
        let numbers = (Double(text[..<range.lowerBound]), Double(text[range.upperBound...]))
        strength = numbers.0.flatMap { first in numbers.1.map { Strength(first, $0) } }
      } else {
        strength = Double(text).map { Strength($0) }
      }
      return strength.flatMap { contains($0) ? $0 : nil }
    }

    /// A strength as `strength` reads it, with the numbers written by `number`.
    func text(_ strength: Strength, _ number: (Double) -> String) -> String {
      if let word = strength.word { return word }
      guard let second else { return number(strength.number) }
      return number(strength.number) + second.separator + number(strength.second ?? second.defaultValue)
    }
  }
}

/// The natural sort order of the names of layers: conv, conv_1, conv_2, conv_10; a shortcut comes after the rest of its block.
enum NaturalOrder {
  /// Whether `first` comes before `second`.
  static func precedes(_ first: String, _ second: String) -> Bool {
    guard let (one, other) = difference(first, second) else { return first.count < second.count }
    let (isLast, isFirst) = (isShortcut(one), isShortcut(other))
    return isLast == isFirst ? wordPrecedes(one, other) : isFirst
  }

  /// Whether numbers give the order of names, which are in natural order. Different words do not.
  static func isClear(_ names: [String]) -> Bool {
    zip(names, names.dropFirst()).allSatisfy { first, second in
      guard let (one, other) = difference(first, second) else { return false }
      return stem(one) == stem(other) || isShortcut(one) != isShortcut(other)
    }
  }

  /// Whether a name says that it belongs to the shortcut of a residual block.
  static func belongsToShortcut(_ name: String) -> Bool { words(name).contains(where: isShortcut) }

  /// Whether numbers contradict an order of names: conv2 before conv1.
  static func contradicts(_ names: [String]) -> Bool {
    var last: [String: Int] = [:]
    for name in names {
      var prefix = ""
      for word in words(name) {
        let stem = stem(word)
        if let number = Int(word.dropFirst(stem.count).drop { $0 == "_" }) {
          let key = "\(prefix).\(stem)"
          if let before = last[key], before > number { return true }
          last[key] = number
        }
        prefix += ".\(word)"
      }
    }
    return false
  }

  /// The first words between dots or slashes that differ; nil where one name starts with the other.
  private static func difference(_ first: String, _ second: String) -> (Substring, Substring)? {
    zip(words(first), words(second)).first { $0 != $1 }
  }

  private static func words(_ name: String) -> [Substring] {
    name.split(separator: #/[.\/]/#, omittingEmptySubsequences: false)
  }

  private static func isShortcut(_ word: Substring) -> Bool {
    ["shortcut", "downsample"].contains(stem(word))
  }

  /// The word without a trailing number: "dense" for "dense" and "dense_12".
  private static func stem(_ word: Substring) -> Substring { word.replacing(#/_?[0-9]+$/#, with: "") }

  private static func wordPrecedes(_ first: Substring, _ second: Substring) -> Bool {
    let (ours, theirs) = (parts(first), parts(second))
    for (one, other) in zip(ours, theirs) where one != other { return precedes(one, other) }
    return ours.count == theirs.count ? first < second : ours.count < theirs.count
  }

  private enum Part: Equatable {
    case text(String)
    /// A number without leading zeros, of any length.
    case number(String)
  }

  private static func parts(_ name: Substring) -> [Part] {
    name.matches(of: #/[0-9]+|[^0-9]+/#).map { match in
      guard let first = match.output.first, first.isASCII, first.isNumber else {
        return .text(String(match.output))
      }
      return .number(String(match.output.drop { $0 == "0" }))
    }
  }

  private static func precedes(_ first: Part, _ second: Part) -> Bool {
    switch (first, second) {
    case (.number(let one), .number(let other)):
      one.count == other.count ? one < other : one.count < other.count
    case (.text(let one), .text(let other)): one < other
    case (.number, .text): true
    case (.text, .number): false
    }
  }
}

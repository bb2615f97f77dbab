/// The natural sort order: conv, conv_1, conv_2, conv_10.
enum NaturalOrder {
  /// Whether `first` comes before `second`.
  static func precedes(_ first: String, _ second: String) -> Bool {
    let (ours, theirs) = (parts(first), parts(second))
    for (one, other) in zip(ours, theirs) where one != other { return precedes(one, other) }
    return ours.count == theirs.count ? first < second : ours.count < theirs.count
  }

  /// The name without trailing numbers: "dense" for "dense" and "dense_12".
  static func stem(_ name: String) -> String {
    name.split(separator: #/[.\/]/#, omittingEmptySubsequences: false)
      .map { $0.replacing(#/_?[0-9]+$/#, with: "") }.joined(separator: "/")
  }

  private enum Part: Equatable {
    case text(String)
    /// A number without leading zeros, of any length.
    case number(String)
  }

  private static func parts(_ name: String) -> [Part] {
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

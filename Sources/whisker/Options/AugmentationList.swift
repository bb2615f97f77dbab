import ArgumentParser
import WhiskerData
import WhiskerCore

/// Kinds of augmentation with optional strengths: `flip,rotate=30`.
struct AugmentationList: ExpressibleByArgument {
  private let argument: String

  static let defaultCompletionKind = CompletionKind.list(Augmentation.Kind.allCases.map(\.name))

  /// The kinds with their usual strengths, for the help: "flip=0.5 (the probability of mirroring a picture), ...".
  static let kinds = Augmentation.Kind.allCases.map { "\($0)=\($0.defaultText) (\($0.meaning))" }
    .joined(separator: ", ")

  init(argument: String) { self.argument = argument }

  /// - Throws: `ValidationError` for an unknown or repeated kind, or an invalid strength.
  func augmentation() throws -> Augmentation {
    var augmentation = Augmentation()
    var named: Set<Augmentation.Kind> = []
    for item in items {
      let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let kind = Augmentation.Kind(named: parts[0].lowercased()) else {
        let kinds = Augmentation.Kind.allCases.map(\.name).joined(separator: ", ")
        throw ValidationError("--augment: unknown augmentation \"\(parts[0])\"; choose from \(kinds).")
      }
      guard named.insert(kind).inserted else { throw ValidationError("--augment names \(kind) twice.") }
      augmentation[strength: kind] =
        try parts.count > 1 ? strength(parts[1], of: kind) : Augmentation.Strength(kind.defaultStrength)
    }
    return augmentation
  }

  /// The kinds with their strengths. A number after a comma is the second number of the strength before it.
  private var items: [String] {
    argument.split(separator: ",", omittingEmptySubsequences: false).reduce(into: []) { items, item in
      guard Double(item) != nil, let last = items.last, last.contains("=") else {
        return items.append(String(item))
      }
      items[items.count - 1] = last + "," + item
    }
  }

  private func strength(_ text: Substring, of kind: Augmentation.Kind) throws -> Augmentation.Strength {
    guard let strength = kind.strength(text) else {
      let limit = plain(kind.limit)
      let range = kind.form.isRange ? "MIN..MAX with 0 < MIN <= MAX <= \(limit)" : "from 0 to \(limit)"
      throw ValidationError("--augment: \(kind) is \(kind.meaning), \(range), not \"\(text)\".")
    }
    return strength
  }
}

import ArgumentParser
import WhiskerData
import WhiskerTensor

/// Ways to vary pictures, `flip,rotate=30`: each with its strength, or with its usual one.
struct AugmentationList: ExpressibleByArgument {
  private let argument: String

  static let defaultCompletionKind = CompletionKind.list(Augmentation.Kind.allCases.map(\.rawValue))

  init(argument: String) { self.argument = argument }

  /// What the list stands for.
  /// - Throws: `ValidationError`, which says what is wrong with the list and what it may hold.
  func augmentation() throws -> Augmentation {
    var augmentation = Augmentation()
    var named: Set<Augmentation.Kind> = []
    for item in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let kind = Augmentation.Kind(rawValue: parts[0].lowercased()) else {
        let kinds = Augmentation.Kind.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("--augment: there is nothing named \"\(parts[0])\". There are \(kinds).")
      }
      guard named.insert(kind).inserted else { throw ValidationError("--augment names \(kind) twice.") }
      augmentation[kind] = parts.count > 1 ? try strength(parts[1], of: kind) : kind.defaultStrength
    }
    return augmentation
  }

  private func strength(_ text: Substring, of kind: Augmentation.Kind) throws -> Double {
    guard let strength = Double(text), (0...kind.limit).contains(strength) else {
      throw ValidationError(
        "--augment: \(kind) is \(kind.meaning), from 0 to \(plain(kind.limit)), not \"\(text)\".")
    }
    return strength
  }
}

extension Augmentation.Kind {
  /// What the strength is, and its unit.
  fileprivate var meaning: String {
    switch self {
    case .flip: "the probability of mirroring a picture"
    case .shift: "the largest shift as a share of the side"
    case .rotate: "the largest angle in degrees"
    case .brightness: "the largest change as a share of the brightness"
    case .noise: "the standard deviation as a share of the range of values"
    case .dropout: "the share of pixels to drop"
    }
  }
}

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
      guard let kind = Augmentation.Kind(rawValue: String(parts[0])) else {
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

/// An augmentation in words.
func describe(_ augmentation: Augmentation) -> String {
  let words = Augmentation.Kind.allCases.compactMap { kind -> String? in
    let strength = augmentation[kind]
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

/// A number with as many decimals as it has, up to four.
private func plain(_ number: Double) -> String {
  var text = fixed(number, 4)
  while text.last == "0" { text.removeLast() }
  return text.last == "." ? String(text.dropLast()) : text
}

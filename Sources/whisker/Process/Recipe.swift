import WhiskerCore

/// A preset of options under a name. Options on the command line take precedence.
///
/// The article *Choosing a network* has the accuracies that they reach.
enum Recipe: String, CaseIterable {
  /// Photographs of things in classes, from some hundred pictures on.
  case photo
  /// Small pictures of digits, letters or symbols, as in MNIST.
  case digits

  /// The options, as they would be typed.
  private var options: [(name: String, value: String)] {
    switch self {
    case .photo:
      [
        ("--image-size", "120"), ("--train-size", "64,96"), ("--color-mode", "rgb"),
        ("--network", "residual"), ("--epochs", "40"), ("--batch-size", "32"), ("--optimizer", "muon"),
        ("--weight-decay", "0.05"), ("--schedule", "cosine,warmup=0.2"), ("--label-smoothing", "0.1"),
        ("--augment", Self.photoAugmentation.joined(separator: ",")),
      ]
    case .digits:
      [
        ("--network", "digits"), ("--epochs", "20"), ("--batch-size", "64"), ("--optimizer", "muon"),
        ("--weight-decay", "0.05"), ("--schedule", "cosine,warmup=0.2"), ("--augment", "rotate=9,shift=0.1"),
      ]
    }
  }

  private static let photoAugmentation = [
    "random-resized-crop=0.35..1", "flip", "rotate=11", "brightness=0.3", "contrast=0.3", "saturation=0.5",
    "erase",
  ]

  /// The recipe that a command line names last; nil if there is none, or if a run is resumed, which has its options.
  init?(namedIn words: [String]) {
    let line = OptionWords(words)
    guard let command = words.first, ["train", "sweep"].contains(command), line.value(of: "--resume") == nil,
      let name = line.value(of: "--recipe")
    else { return nil }
    self.init(rawValue: name.lowercased())
  }

  /// The words that the recipe adds to a command line, without the options that are typed, and without those that other
  /// typed options rule out.
  func words(for typed: [String]) -> [String] {
    let line = OptionWords(typed)
    return options.flatMap { name, value -> [String] in
      if line.contains(name) { return [] }
      switch name {
      // The training size is a share of the image size.
      case "--train-size" where line.contains("--image-size"): return []
      case "--augment" where line.value(of: "--color-mode")?.lowercased() == "grayscale":
        let kinds = value.split(separator: ",").filter { !$0.hasPrefix("saturation") }
        return [name, kinds.joined(separator: ",")]
      default: return [name, value]
      }
    }
  }

  /// The words of a command line, with those of its recipe after the command.
  static func expanded(_ words: [String]) -> [String] {
    guard let recipe = Recipe(namedIn: words) else { return words }
    return words.prefix(1) + recipe.words(for: words) + words.dropFirst()
  }

  /// The line that reports the recipe of this command and the options that it sets; nil without one.
  static var line: String? {
    Recipe(namedIn: Arguments.typed).map {
      "Recipe    \($0.rawValue): \(ShellWords($0.words(for: Arguments.typed)).text)"
    }
  }
}

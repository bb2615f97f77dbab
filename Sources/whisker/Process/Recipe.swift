/// Options that go together, under a name. An option on the command line takes the place of the recipe's.
///
/// The article *Choosing a network* has the accuracies that they reach.
enum Recipe: String, CaseIterable {
  /// Photographs of things in classes, from some hundred pictures on.
  case photo
  /// Small pictures of digits, letters or symbols, as in MNIST.
  case digits

  /// The options, as they would be typed.
  var words: [String] {
    switch self {
    case .photo:
      [
        "--image-size", "64", "--color-mode", "rgb", "--network", "residual", "--epochs", "60",
        "--batch-size", "32",
        "--weight-decay", "0.05", "--learning-rate", "0.002", "--schedule", "cosine,warmup=0.2",
        "--label-smoothing", "0.1", "--average-weights", "--average-momentum", "0.995", "--augment",
        "random-resized-crop=0.35..1,flip,rotate=11,brightness=0.3,contrast=0.3,saturation=0.5,erase",
      ]
    case .digits:
      [
        "--network", "digits", "--epochs", "20", "--weight-decay", "0.05", "--learning-rate", "0.002",
        "--schedule", "cosine,warmup=0.2", "--average-weights", "--augment", "rotate=9,shift=0.1",
      ]
    }
  }

  /// The words of a command line, with those of the recipe that they name after the command. The parser uses the last value of
  /// an option, which is the one that was typed.
  static func expanded(_ words: [String]) -> [String] {
    let options = words.prefix { $0 != "--" }
    guard let command = words.first, ["train", "sweep"].contains(command),
      let place = options.firstIndex(where: { $0 == "--recipe" || $0.hasPrefix("--recipe=") })
    else { return words }
    let name =
      words[place] == "--recipe" ? words.dropFirst(place + 1).first : String(words[place].dropFirst(9))
    guard let recipe = name.flatMap(Recipe.init) else { return words }
    return [command] + recipe.words + words.dropFirst()
  }

  /// The options of the recipe that the typed words do not set, to be printed.
  func words(besides typed: [String]) -> [String] {
    var (kept, isKept): ([String], Bool) = ([], true)
    for word in words {
      if word.hasPrefix("--") { isKept = !typed.contains { $0 == word || $0.hasPrefix(word + "=") } }
      if isKept { kept.append(word) }
    }
    return kept
  }
}

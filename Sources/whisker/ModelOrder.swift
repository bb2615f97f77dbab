import ArgumentParser
import WhiskerTraining

/// The model comes before what it is used on.
enum ModelOrder {
  /// - Throws: `ValidationError` where `model` is none and one of `others` is.
  static func check(_ command: String, model: String, others: [String]) throws {
    guard !isModel(model), let swapped = others.first(where: isModel) else { return }
    let rest = [model] + others.filter { $0 != swapped }
    throw ValidationError(
      "The model comes first: whisker \(command) \(ShellWords([swapped]).text) \(ShellWords(rest).text)")
  }

  private static func isModel(_ path: String) -> Bool { (try? Model(path)) != nil }
}

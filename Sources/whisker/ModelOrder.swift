import ArgumentParser
import WhiskerTensor
import WhiskerTraining

/// The model comes before what it is used on.
enum ModelOrder {
  /// The model at `path`, for a command that takes other paths after it.
  /// - Throws: `ValidationError` where `path` holds no model and one of `others` does; otherwise what reading it throws.
  static func model(_ path: String, for command: String, before others: [String]) throws -> Model {
    do {
      return try Model(path)
    } catch {
      guard let swapped = others.first(where: { (try? Model($0)) != nil }) else { throw error }
      let rest = [path] + others.filter { $0 != swapped }
      throw ValidationError(
        "The model comes first: whisker \(command) \(ShellWords([swapped]).text) \(ShellWords(rest).text)")
    }
  }
}

import ArgumentParser

/// How the answers of a prediction are printed.
enum AnswerFormat: String, Choice {
  case text
  case csv
  case json
  /// An object per line is what `json` is, too; programs that know the format by this name shall find it.
  case jsonl
}

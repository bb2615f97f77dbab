/// What came of a training, in plain words: the verdict of its report.
public struct TrainingVerdict: Sendable {
  /// What it is worth, in one sentence.
  public let sentence: String
  /// What went wrong, a sentence or two each, the most important first.
  public let problems: [String]
  /// What may help.
  public let advice: [TrainingAdvice]
  /// Whether the model is worth a prediction.
  public let isUsable: Bool

  init(_ verdict: RunVerdict) {
    sentence = verdict.sentence.plainText
    problems = verdict.problems.map(\.words.plainText)
    advice = verdict.advice
    isUsable = !verdict.problems.contains(where: \.isFatal)
  }
}

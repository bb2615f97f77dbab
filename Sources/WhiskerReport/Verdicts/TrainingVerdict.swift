/// The verdict of a run's report, as plain text.
public struct TrainingVerdict: Sendable {
  /// One sentence.
  public let sentence: String
  /// The problems of the training, a sentence or two each, the most important first.
  public let problems: [String]
  /// The advice.
  public let advice: [TrainingAdvice]
  /// Whether the model is usable.
  public let isUsable: Bool

  init(_ verdict: RunVerdict) {
    sentence = verdict.sentence.plainText
    problems = verdict.problems.map(\.words.plainText)
    advice = verdict.advice
    isUsable = !verdict.problems.contains(where: \.isFatal)
  }
}

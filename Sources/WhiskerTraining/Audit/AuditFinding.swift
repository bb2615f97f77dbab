/// Something about a picture that a person should look at.
public struct AuditFinding: Sendable {
  /// The kinds of findings, in the order in which they are listed.
  public enum Problem: String, Sendable, CaseIterable {
    /// The label is probably wrong.
    case wrongLabel = "wrong label"
    /// The contents are those of an earlier picture.
    case copy
    /// The picture is an earlier one, resized, recompressed, mirrored or slightly cropped.
    case nearCopy = "near-copy"
    /// The picture is unlike all others.
    case outlier
    /// The picture has hardly any contrast.
    case blank
    /// The picture is much smaller than the others.
    case tiny
  }

  /// What was noticed.
  public let problem: Problem
  /// The picture.
  public let picture: AuditedPicture
  /// How sure it is. For a wrong label the probability of the most probable other class less that of the label, -1 to 1; for a
  /// near-copy the correlation of the aligned pictures; for an outlier the mean cosine of its features and those of its nearest
  /// neighbours; for a blank picture the standard deviation of its gray levels; for a tiny one its shorter side in pixels; for a
  /// copy 1.
  public let score: Double
  /// The class that a picture with a wrong label is probably of; nil for other problems.
  public var suggestion: Int?
  /// The picture that a copy is one of; nil for other problems.
  public var original: AuditedPicture?

  init(_ problem: Problem, _ picture: AuditedPicture, score: Double) {
    (self.problem, self.picture, self.score) = (problem, picture, score)
  }

  /// Whether a copy and its original have different labels, of which one is wrong.
  public var crossesClasses: Bool { original.map { $0.label != picture.label } ?? false }
  /// Whether a copy and its original are in different splits, so that a model is measured on what it was trained on.
  public var crossesSplits: Bool { original.map { $0.split != picture.split } ?? false }
}

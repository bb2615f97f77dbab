import WhiskerCore
import WhiskerData

/// What makes the accuracy on held-out pictures higher than that on new ones, or leaves it incomplete.
public struct HeldOutFlaws: Sendable {
  /// How many pictures of each split are copies of training pictures, where the dataset is divided.
  var copies: [DataSource.Split: Int] = [:]
  /// The groups with pictures in more than one split of the dataset.
  var groups: [SharedGroup] = []
  /// The classes without validation pictures.
  var unmeasuredClasses: [String] = []
  /// Whether the validation split is the dataset's own.
  var isGiven = false
  /// Whether the split keeps named groups together.
  var hasGroups = false
  /// How many of the validation pictures the backbone was trained on.
  var seenByBackbone = 0
  /// The number of validation pictures.
  var validationCount = 0

  /// The number of classes that are named.
  private static let classesShown = 5

  /// A sentence or two for each flaw.
  public var sentences: [String] { [backbone, copied, grouped, unmeasured].compactMap(\.self) }

  /// The flaws of several trainings together.
  /// - Parameter classNames: The classes, in their order.
  /// - Parameter areFolds: Whether each training held back other pictures.
  static func joined(_ flaws: [HeldOutFlaws], of classNames: [String], areFolds: Bool) -> HeldOutFlaws {
    guard var joined = flaws.max(by: { $0.seenByBackbone < $1.seenByBackbone }) else { return HeldOutFlaws() }
    let unmeasured = Set(flaws.flatMap(\.unmeasuredClasses))
    joined.unmeasuredClasses = classNames.filter { unmeasured.contains($0) }
    guard areFolds else { return joined }
    joined.seenByBackbone = flaws.reduce(0) { $0 + $1.seenByBackbone }
    joined.validationCount = flaws.reduce(0) { $0 + $1.validationCount }
    return joined
  }

  private var backbone: String? {
    guard seenByBackbone > 0 else { return nil }
    return "The backbone was trained on \(WhiskerCore.grouped(seenByBackbone)) of the "
      + "\(counted(validationCount, "held-out picture")): the accuracy is too high. Evaluate the model on pictures that are new to "
      + "both."
  }

  private var copied: String? {
    let parts = [DataSource.Split.validation, .test].compactMap { split in
      copies[split].map { counted($0, "\(split.rawValue) picture") }
    }
    guard !parts.isEmpty else { return nil }
    let isOne = copies.values.reduce(0, +) == 1
    return "\(parts.joined(separator: " and ")) "
      + (isOne ? "is a copy of a training picture" : "are copies of training pictures")
      + ": the accuracy there is too high. Keep each picture in one split; verifying the dataset lists the copies."
  }

  private var grouped: String? {
    guard let first = groups.first else { return nil }
    let subject =
      groups.count == 1
      ? "The group \(first.name) has"
      : "\(WhiskerCore.grouped(groups.count)) groups, such as \(first.name), have"
    return
      "\(subject) pictures in more than one split: the accuracy on new groups is probably lower. Put each group into one "
      + "split; verifying the dataset lists them."
  }

  private var unmeasured: String? {
    guard !unmeasuredClasses.isEmpty else { return nil }
    let rest = unmeasuredClasses.count - Self.classesShown
    let names =
      unmeasuredClasses.prefix(Self.classesShown).joined(separator: ", ")
      + (rest > 0 ? " and \(counted(rest, "other"))" : "")
    let subject = unmeasuredClasses.count == 1 ? "The class \(names) has" : "The classes \(names) have"
    return "\(subject) no validation pictures: the validation accuracy does not cover "
      + "\(unmeasuredClasses.count == 1 ? "it" : "them"). " + advice
  }

  /// What helps against classes without validation pictures.
  private var advice: String {
    if isGiven { return "Add some to the validation split." }
    return hasGroups ? "Add different pictures, or use smaller groups." : "Add different pictures."
  }
}

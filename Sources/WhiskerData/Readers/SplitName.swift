/// Recognises the names that the folders of splits have.
enum SplitName {
  private static let words: [String: DataSource.Part] = [
    "train": .training, "training": .training, "val": .validation, "valid": .validation,
    "validation": .validation, "test": .test, "testing": .test,
  ]
  /// What may stand behind the word, as in `training_set` and `test_images`.
  private static let endings = ["set", "data", "dataset", "images", "imgs", "pictures", "photos", "split"]

  /// The part of a folder with one of the plain names, in any case of letters.
  static func plain(_ name: RelativePath) -> DataSource.Part? { words[name.description.lowercased()] }

  /// The part of a folder with a plain name, or one with an addition: `test1`, `training_set`, `val-images`.
  static func part(_ name: RelativePath) -> DataSource.Part? {
    let letters = String(name.description.lowercased().filter { !"-_ .0123456789".contains($0) })
    if let part = words[letters] { return part }
    return endings.lazy.filter(letters.hasSuffix).compactMap { words[String(letters.dropLast($0.count))] }
      .first
  }

  /// The part that a name hints at: one of its words is a split's, as in `seg_train`.
  static func hint(_ name: RelativePath) -> DataSource.Part? {
    part(name)
      ?? name.description.lowercased().split { !$0.isLetter }.lazy.compactMap { words[String($0)] }.first
  }
}

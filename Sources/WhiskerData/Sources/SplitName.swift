/// Recognises the names of the folders of splits.
enum SplitName {
  private static let words: [String: DataSource.Split] = [
    "train": .training, "training": .training, "val": .validation, "valid": .validation,
    "validation": .validation, "test": .test, "testing": .test,
  ]
  /// The words that may follow, as in `training_set` and `test_images`.
  private static let endings = ["set", "data", "dataset", "images", "imgs", "pictures", "photos", "split"]

  /// The split of a folder with a plain name, whatever the case of its letters.
  static func plain(_ name: RelativePath) -> DataSource.Split? { words[name.description.lowercased()] }

  /// The split of a folder with a plain name, or one with an addition: `test1`, `training_set`, `val-images`.
  static func split(_ name: RelativePath) -> DataSource.Split? {
    let letters = String(name.description.lowercased().filter { !"-_ .0123456789".contains($0) })
    if let split = words[letters] { return split }
    return endings.lazy.filter(letters.hasSuffix).compactMap { words[String(letters.dropLast($0.count))] }
      .first
  }

  /// The split that a name hints at: one of its words is that of a split, as in `seg_train`.
  static func hint(_ name: RelativePath) -> DataSource.Split? {
    split(name)
      ?? name.description.lowercased().split { !$0.isLetter }.lazy.compactMap { words[String($0)] }.first
  }
}

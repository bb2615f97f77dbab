extension DataSource {
  /// The same data set, what is worth it kept in memory once it has been read, in at most `budget` bytes.
  package func kept(budget: Int) -> DataSource {
    var left = budget
    var parts = parts
    for part in Part.allCases {
      guard let dataset = parts[part], dataset.isWorthCaching else { continue }
      parts[part] = SampleCache(dataset, budget: left)
      left = max(0, left - dataset.count * preprocessing.sampleSize)
    }
    return DataSource(
      path: path, kind: kind, classNames: classNames, preprocessing: preprocessing, parts: parts,
      notes: notes,
      refused: refused, caches: caches)
  }
}

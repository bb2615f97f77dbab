/// The names of the columns that stand for classes, beside others in a CSV table.
enum ClassColumns {
  /// The names of the classes; one that another column has is followed by " (class)", so that no two columns are called
  /// the same.
  static func names(_ classes: [String], beside others: [String]) -> [String] {
    var taken = Set(others + classes)
    return classes.map { name in
      guard others.contains(name) else { return name }
      var unique = name
      repeat { unique += " (class)" } while !taken.insert(unique).inserted
      return unique
    }
  }
}

/// The names of the class columns in a CSV table.
package enum ClassColumns {
  /// The names of the classes. A class named like another column gets " (class)" appended, so that names are unique.
  package static func names(_ classes: [String], beside others: [String]) -> [String] {
    var taken = Set(others + classes)
    return classes.map { name in
      guard others.contains(name) else { return name }
      var unique = name
      repeat { unique += " (class)" } while !taken.insert(unique).inserted
      return unique
    }
  }
}

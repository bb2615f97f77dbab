/// The name that was probably meant by `word`: the only one that starts with it, or the one with the fewest edits, at most a
/// third of its letters; nil where none is near. Leading dashes do not count as letters.
package func nearestName(to word: String, among names: [String]) -> String? {
  let longer = names.filter { $0.hasPrefix(word) }
  if longer.count == 1, word.drop(while: { $0 == "-" }).count > 2 { return longer[0] }
  let ranked = names.map { (name: $0, distance: editDistance(Array(word), Array($0))) }
  guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
  return best.distance <= max(1, best.name.drop { $0 == "-" }.count / 3) ? best.name : nil
}

/// The optimal string alignment distance: letters inserted, deleted, replaced or swapped with the next.
private func editDistance(_ one: [Character], _ other: [Character]) -> Int {
  var (before, last) = ([Int](), Array(0...other.count))
  for i in one.indices {
    var row = [i + 1]
    for j in other.indices {
      var least = min(last[j + 1] + 1, row[j] + 1, last[j] + (one[i] == other[j] ? 0 : 1))
      if i > 0, j > 0, one[i] == other[j - 1], one[i - 1] == other[j] {
        least = min(least, before[j - 1] + 1)
      }
      row.append(least)
    }
    (before, last) = (last, row)
  }
  return last[other.count]
}

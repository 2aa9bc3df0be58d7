/// The candidate that begins with `word`, or else the one reached by the fewest insertions, deletions and replacements;
/// nil if these are more than half as many as the letters of the word.
package func nearest(to word: String, in candidates: [String]) -> String? {
  if word.contains(where: { $0 != "-" }), let longer = candidates.first(where: { $0.hasPrefix(word) }) { return longer }
  let best = candidates.map { (editDistance(Array(word), Array($0)), $0) }.min { $0.0 < $1.0 }
  guard let best, best.0 <= word.count / 2 else { return nil }
  return best.1
}

/// The smallest number of insertions, deletions and replacements that turn one sequence into the other. Levenshtein
/// (1966)
public func editDistance<Element: Equatable>(_ a: [Element], _ b: [Element]) -> Int {
  var row = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, y) in b.enumerated() {
      (diagonal, row[j + 1]) = (row[j + 1], min(diagonal + (x == y ? 0 : 1), row[j] + 1, row[j + 1] + 1))
    }
  }
  return row[b.count]
}

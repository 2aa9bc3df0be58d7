/// The lines of two texts, in one list: a space before a line of both, − before one of the first alone, + before one
/// of the second alone.
func difference(_ first: [String], _ second: [String]) -> [String] {
  let changes = second.difference(from: first)
  var removed: Set<Int> = []
  var inserted: Set<Int> = []
  for change in changes {
    switch change {
    case .remove(let offset, _, _): removed.insert(offset)
    case .insert(let offset, _, _): inserted.insert(offset)
    }
  }
  var (lines, i, j): ([String], Int, Int) = ([], 0, 0)
  while i < first.count || j < second.count {
    if removed.contains(i) {
      lines.append("- " + first[i])
      i += 1
    } else if inserted.contains(j) {
      lines.append("+ " + second[j])
      j += 1
    } else {
      lines.append("  " + second[j])
      (i, j) = (i + 1, j + 1)
    }
  }
  return lines
}

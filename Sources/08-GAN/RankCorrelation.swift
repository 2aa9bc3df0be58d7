// Exercise 8.3  Whether two sequences rise and fall together

import Messages

/// Exercise 8.3: spearman's rank correlation: the correlation of the ranks of two lists, 1 if both have the same order,
/// −1 if they have opposite orders.
///
/// Equal numbers share their mean rank. NaN if all numbers of a list are equal.
public func rankCorrelation(_ x: [Double], _ y: [Double]) -> Double {
  require(
    x.count == y.count && x.count >= 2,
    "cannot correlate the ranks of \(x.count) and \(y.count) numbers: equally many, at least 2 each, are needed")
  let (a, b) = (centredRanks(x), centredRanks(y))
  func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
  return product(a, b) / (product(a, a) * product(b, b)).squareRoot()
}

/// The rank of each number minus the mean of all ranks.
private func centredRanks(_ x: [Double]) -> [Double] {
  let order = x.indices.sorted { x[$0] < x[$1] }
  var ranks = [Double](repeating: 0, count: x.count)
  var first = 0
  while first < x.count {
    var last = first
    while last + 1 < x.count && x[order[last + 1]] == x[order[first]] { last += 1 }
    for place in first...last { ranks[order[place]] = Double(first + last - (x.count - 1)) / 2 }
    first = last + 1
  }
  return ranks
}

// A priority queue

/// A binary heap: adding an element, or taking the smallest one, takes O(log n) comparisons.
struct PriorityQueue<Element: Comparable & Sendable>: Sendable {
  private var elements: [Element] = []

  /// The smallest element.
  var first: Element? { elements.first }

  /// Adds an element.
  mutating func add(_ element: Element) {
    elements.append(element)
    var place = elements.count - 1
    while place > 0, elements[place] < elements[(place - 1) / 2] {
      elements.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  /// Removes the smallest element and returns it; nil if there is none.
  mutating func popFirst() -> Element? {
    guard let last = elements.popLast() else { return nil }
    guard let first = elements.first else { return last }
    var place = 0
    elements[0] = last
    while 2 * place + 1 < elements.count {
      let (left, right) = (2 * place + 1, 2 * place + 2)
      let least = right < elements.count && elements[right] < elements[left] ? right : left
      if elements[least] >= elements[place] { break }
      elements.swapAt(least, place)
      place = least
    }
    return first
  }
}

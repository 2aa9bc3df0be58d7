import Messages

// Elements in order of size. NaN counts as larger than all numbers, as in `argmax`; equal elements keep their order.
// Derivatives pass through the values to the positions they came from; the positions themselves are integers.

extension Tensor {
  /// The k largest elements along an axis, the largest first, and their positions, in the order of the values'
  /// elements. […×L×…] → […×k×…]
  ///
  /// Equal elements keep their order.
  public func largest(_ k: Int, axis: Int = -1) -> (values: Tensor, indices: [Int]) {
    let axis = shape.normalized(axis, "find the largest along")
    let length = shape.lengths[axis]
    require(k >= 0 && k <= length, "cannot find the \(k) largest along axis \(axis) of \(shape): it has \(length)")
    return ordered(axis, count: k) { $0.placesOfLargest(k) }
  }

  /// The elements in ascending order along an axis, or in descending order.
  public func sorted(axis: Int = -1, isDescending: Bool = false) -> Tensor {
    let axis = shape.normalized(axis, "sort along")
    return ordered(axis, count: shape.lengths[axis]) { $0.placesInOrder(isDescending) }.values
  }

  /// The positions from which `sorted` takes the elements, in the order of its elements.
  public func argsort(axis: Int = -1, isDescending: Bool = false) -> [Int] {
    let axis = shape.normalized(axis, "sort along")
    return ordered(axis, count: shape.lengths[axis]) { $0.placesInOrder(isDescending) }.indices
  }

  /// The elements of each line at the positions given by `order`, and these positions.
  private func ordered(
    _ axis: Int, count k: Int, by order: (ArraySlice<Double>) -> [Int]
  ) -> (values: Tensor, indices: [Int]) {
    let (lines, length) = (moved(axis: axis, to: -1), shape.lengths[axis])
    let target = Shape(lines.shape.lengths.dropLast() + [k])
    let scalars = lines.stopGradient.scalars
    let starts = length == 0 ? [] : Array(stride(from: 0, to: count, by: length))
    let places = starts.map { order(scalars[$0..<$0 + length]) }
    let flat = zip(starts, places).flatMap { start, places in places.map { start + $0 } }
    let values = lines.reshaped([count]).gathered(flat).reshaped(target).moved(axis: -1, to: axis)
    let indices = Tensor(places.flatMap { $0 }.map(Double.init), shape: target, scalarType: .double)
    return (values, indices.moved(axis: -1, to: axis).scalars.map { Int($0) })
  }
}

extension ArraySlice<Double> {
  /// All positions, counted from 0, in the order of their numbers.
  fileprivate func placesInOrder(_ isDescending: Bool) -> [Int] {
    let numbers = Array(self)
    return numbers.indices.sorted { i, j in
      let (first, second) = isDescending ? (j, i) : (i, j)
      if numbers[first].isBelow(numbers[second]) { return true }
      return !numbers[second].isBelow(numbers[first]) && i < j
    }
  }

  /// The positions of the k largest numbers, the largest first.
  fileprivate func placesOfLargest(_ k: Int) -> [Int] {
    if k * 8 > count { return Array(placesInOrder(true).prefix(k)) }
    let numbers = Array(self)
    var best: [Int] = []  // never longer than k, the largest first
    for place in numbers.indices {
      guard best.count < k || k > 0 && numbers[best[k - 1]].isBelow(numbers[place]) else { continue }
      var (low, high) = (0, best.count)  // after all that are not below this one
      while low < high {
        let middle = (low + high) / 2
        if numbers[best[middle]].isBelow(numbers[place]) { high = middle } else { low = middle + 1 }
      }
      best.insert(place, at: low)
      if best.count > k { best.removeLast() }
    }
    return best
  }
}

extension Double {
  /// Whether the number is smaller than another, with NaN larger than all numbers.
  fileprivate func isBelow(_ other: Double) -> Bool { other.isNaN ? !isNaN : self < other }
}

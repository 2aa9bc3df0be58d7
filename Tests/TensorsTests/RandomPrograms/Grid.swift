// Plain arrays, with which the definitions of random programs compute. Nothing here uses tensors.

/// Numbers in row-major order, and the lengths of their axes.
struct Grid: Equatable, Sendable {
  let shape: [Int]
  var values: [Double]

  /// A grid with elements computed from their indices.
  init(_ shape: [Int], _ element: ([Int]) -> Double) {
    self.init(shape, Grid.indices(of: shape).map(element))
  }

  init(_ shape: [Int], _ values: [Double]) { (self.shape, self.values) = (shape, values) }

  var rank: Int { shape.count }
  var largest: Double { values.reduce(0) { max($0, abs($1)) } }

  /// The element at an index whose axes are matched from the last; an axis of length 1 repeats.
  subscript(index: [Int]) -> Double {
    var (place, offset) = (0, index.count - rank)
    for length in shape {
      place = place * length + (length == 1 ? 0 : index[offset])
      offset += 1
    }
    return values[place]
  }

  /// All indices, the last axis fastest.
  static func indices(of shape: [Int]) -> [[Int]] {
    var (index, result) = ([Int](repeating: 0, count: shape.count), [[Int]]())
    for _ in 0..<shape.reduce(1, *) {
      result.append(index)
      var axis = shape.count - 1
      while axis >= 0 {
        index[axis] += 1
        if index[axis] < shape[axis] { break }
        index[axis] = 0
        axis -= 1
      }
    }
    return result
  }

  // MARK: - Element by element

  func map(_ f: (Double) -> Double) -> Grid { Grid(shape, values.map(f)) }

  /// f of the elements of two grids whose shapes are broadcast; nil if they do not fit.
  static func combine(_ a: Grid, _ b: Grid, _ f: (Double, Double) -> Double) -> Grid? {
    if a.shape == b.shape { return Grid(a.shape, zip(a.values, b.values).map { f($0, $1) }) }
    return common([a.shape, b.shape]).map { Grid($0) { f(a[$0], b[$0]) } }
  }

  /// The shape to which all of these can be broadcast.
  static func common(_ shapes: [[Int]]) -> [Int]? {
    let rank = shapes.map(\.count).max() ?? 0
    var result = [Int](repeating: 1, count: rank)
    for shape in shapes {
      for (axis, length) in zip(rank - shape.count..<rank, shape) where length != 1 {
        if result[axis] != 1 && result[axis] != length { return nil }
        result[axis] = length
      }
    }
    return result
  }

  // MARK: - Axis by axis

  /// The elements that a reduction over these axes combines, and the shape with these axes kept at length 1.
  func groups(over axes: [Int]) -> (shape: [Int], members: [[Double]]) {
    let kept = shape.indices.map { axes.contains($0) ? 1 : shape[$0] }
    var members = [[Double]](repeating: [], count: kept.reduce(1, *))
    for (index, value) in zip(Grid.indices(of: shape), values) {
      members[zip(kept, index).reduce(0) { $0 * $1.0 + ($1.0 == 1 ? 0 : $1.1) }].append(value)
    }
    return (kept, members)
  }

  func reduced(over axes: [Int], keeping: Bool, _ f: ([Double]) -> Double) -> Grid {
    let (kept, members) = groups(over: axes)
    let shape = keeping ? kept : self.shape.indices.filter { !axes.contains($0) }.map { self.shape[$0] }
    return Grid(shape, members.map(f))
  }

  /// The grid with each line along an axis replaced by f of it. All new lines have the same length.
  func lines(along axis: Int, _ f: ([Double]) -> [Double]) -> Grid {
    let (length, inner) = (shape[axis], shape[(axis + 1)...].reduce(1, *))
    let newLength = f([Double](repeating: 1, count: length)).count
    var newShape = shape
    newShape[axis] = newLength
    var result = [Double](repeating: 0, count: newShape.reduce(1, *))
    for outer in 0..<shape[..<axis].reduce(1, *) {
      for place in 0..<inner {
        let line = f((0..<length).map { values[(outer * length + $0) * inner + place] })
        for (k, value) in line.enumerated() { result[(outer * newLength + k) * inner + place] = value }
      }
    }
    return Grid(newShape, result)
  }

  // MARK: - Other shapes

  func reshaped(_ newShape: [Int]) -> Grid? {
    newShape.reduce(1, *) == values.count ? Grid(newShape, values) : nil
  }

  func permuted(_ order: [Int]) -> Grid {
    Grid(order.map { shape[$0] }) { index in
      var source = index
      for (axis, from) in order.enumerated() { source[from] = index[axis] }
      return self[source]
    }
  }

  /// The grids one after the other along an axis; nil if another length differs.
  static func concatenated(_ parts: [Grid], axis: Int) -> Grid? {
    var shape = parts[0].shape
    for part in parts.dropFirst() {
      guard part.rank == shape.count, shape.indices.allSatisfy({ $0 == axis || part.shape[$0] == shape[$0] }) else {
        return nil
      }
      shape[axis] += part.shape[axis]
    }
    // Whole blocks: all elements at one position of the axes before the joined one.
    let blocks = shape[..<axis].reduce(1, *)
    return Grid(
      shape,
      (0..<blocks).flatMap { block in
        parts.flatMap { part in
          let size = part.shape[axis...].reduce(1, *)
          return part.values[block * size..<(block + 1) * size]
        }
      })
  }

  /// The matrix product of the last two axes; the axes before them are broadcast, and a vector is a row or a column.
  static func product(_ a: Grid, _ b: Grid) -> Grid? {
    guard a.rank > 0, b.rank > 0 else { return nil }
    let left = a.rank == 1 ? Grid([1] + a.shape, a.values) : a
    let right = b.rank == 1 ? Grid(b.shape + [1], b.values) : b
    let (rows, inner, columns) = (left.shape[left.rank - 2], left.shape[left.rank - 1], right.shape[right.rank - 1])
    let batches = common([Array(left.shape.dropLast(2)), Array(right.shape.dropLast(2))])
    guard right.shape[right.rank - 2] == inner, let batches else { return nil }
    let full = Grid(batches + [rows, columns]) { index in
      let (batch, i, j) = (Array(index.dropLast(2)), index[index.count - 2], index[index.count - 1])
      return (0..<inner).reduce(0) { $0 + left[batch + [i, $1]] * right[batch + [$1, j]] }
    }
    return full.reshaped(batches + (a.rank == 1 ? [] : [rows]) + (b.rank == 1 ? [] : [columns]))
  }
}

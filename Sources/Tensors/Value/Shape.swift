import Messages

/// The lengths of a tensor's axes: `[2, 3]` is a matrix of two rows and three columns, `[]` a single number.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// The length of each axis.
  public let lengths: [Int]
  /// The number of elements: the product of all lengths, 1 for a single number.
  public let count: Int

  /// The shape with these lengths, none of them negative, for fewer than 2⁵⁶ elements.
  public init(_ lengths: [Int]) {
    var (count, isTooLarge) = (1, false)
    for length in lengths {
      require(length >= 0, "cannot make a shape of \(lengths): a length is negative")
      let product = count.multipliedReportingOverflow(by: length)
      (count, isTooLarge) = (product.partialValue, isTooLarge || product.overflow)
    }
    if isTooLarge && lengths.contains(0) { (count, isTooLarge) = (0, false) }
    require(
      !isTooLarge && count < 1 << 56,
      "cannot make a shape of \(lengths): no memory holds that many elements")
    self.lengths = lengths
    self.count = count
  }

  /// The shape with these lengths, none of them negative, for fewer than 2⁵⁶ elements.
  public init(arrayLiteral lengths: Int...) { self.init(lengths) }

  /// The number of axes.
  public var rank: Int { lengths.count }

  /// The length of an axis; negative axes count from the last.
  public subscript(axis: Int) -> Int { lengths[normalized(axis, "read the length of")] }

  /// The shape in the usual notation: `[2×3]`.
  public var description: String { "[" + lengths.map(String.init).joined(separator: "×") + "]" }

  /// The axis counted from 0, for an axis that may count from the end.
  func normalized(_ axis: Int, _ attempt: String) -> Int {
    require(axis >= -rank && axis < rank, "cannot \(attempt) axis \(axis) of \(self), which has \(rank) axes")
    return axis < 0 ? axis + rank : axis
  }

  /// Axes counted from 0, in order, each at most once; all axes for nil.
  func normalized(_ axes: [Int]?, _ attempt: String) -> [Int] {
    guard let axes else { return Array(0..<rank) }
    let result = axes.map { normalized($0, attempt) }.sorted()
    require(Set(result).count == result.count, "cannot \(attempt) axes \(axes) of \(self): one is named twice")
    return result
  }

  /// The strides of a contiguous tensor of this shape, last axis fastest.
  var contiguousStrides: [Int] {
    var strides = lengths
    var (axis, step) = (rank, 1)
    while axis > 0 {  // not `reversed()`: debug builds spend a tenth of all tests in its iterators
      axis -= 1
      strides[axis] = step
      // Without elements the product may overflow, and does not matter.
      step = step &* lengths[axis]
    }
    return strides
  }

  func replacing(_ axis: Int, with length: Int) -> Shape {
    var lengths = lengths
    lengths[axis] = length
    return Shape(lengths)
  }

  func removing(_ axes: [Int]) -> Shape { Shape(lengths.indices.filter { !axes.contains($0) }.map { lengths[$0] }) }

  func keeping(_ axes: [Int]) -> Shape {
    Shape(lengths.indices.map { axes.contains($0) ? 1 : lengths[$0] })
  }

  /// The common shape of two operands: axes are matched from the last, and an axis of length 1 repeats.
  static func broadcast(_ a: Shape, _ b: Shape, _ attempt: String) -> Shape {
    if a == b { return a }
    let rank = max(a.rank, b.rank)
    let lengths = (0..<rank).map { position in
      let (i, j) = (position - rank + a.rank, position - rank + b.rank)
      let (p, q) = (i < 0 ? 1 : a.lengths[i], j < 0 ? 1 : b.lengths[j])
      require(
        p == q || p == 1 || q == 1,
        "cannot \(attempt) \(a) and \(b): lengths \(p) and \(q) differ, and neither is 1")
      return p == 1 ? q : p
    }
    return Shape(lengths)
  }
}

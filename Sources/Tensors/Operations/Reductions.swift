import Kernels
import Messages

// Reductions along any axes; by default along all. With `keepsAxes`, reduced axes remain, with length 1.

extension Tensor {
  /// The sum over the named axes.
  public func sum(axes: [Int]? = nil, keepsAxes: Bool = false) -> Tensor {
    reduced(.sum, axes, keepsAxes, "sum over") { kept, shape in
      Edge(self) { g in g.reshaped(kept).broadcast(to: shape) }
    }
  }

  /// The product over the named axes.
  public func product(axes: [Int]? = nil, keepsAxes: Bool = false) -> Tensor {
    let named = shape.normalized(axes, "multiply over")
    return reduced(.product, axes, keepsAxes, "multiply over") { kept, _ in
      Edge(self) { g in g.reshaped(kept) * self.productOfOthers(along: named) }
    }
  }

  /// The largest element over the named axes, NaN if one is NaN. Among equals the first gets the derivative, as in
  /// `argmax`.
  public func max(axes: [Int]? = nil, keepsAxes: Bool = false) -> Tensor {
    extreme(.maximum, axes, keepsAxes, "take the maximum over")
  }

  /// The smallest element over the named axes, NaN if one is NaN. Among equals the first gets the derivative, as in
  /// `argmin`.
  public func min(axes: [Int]? = nil, keepsAxes: Bool = false) -> Tensor {
    extreme(.minimum, axes, keepsAxes, "take the minimum over")
  }

  /// The mean over the named axes: NaN without elements, infinite where the sum overflows.
  public func mean(axes: [Int]? = nil, keepsAxes: Bool = false) -> Tensor {
    let result = sum(axes: axes, keepsAxes: keepsAxes)
    // Not times 1/n: 41 · (1/41) is less than 1 in `Float`.
    return result / (Double(count) / Double(result.count))
  }

  /// The variance over the named axes: the mean squared distance from the mean or, if `isUnbiased`, the sum of squares
  /// divided by n − 1, which is NaN for a single element.
  public func variance(axes: [Int]? = nil, keepsAxes: Bool = false, isUnbiased: Bool = false) -> Tensor {
    let mean = mean(axes: axes, keepsAxes: true)
    let deviation = self - mean
    let n = Double(count) / Double(mean.count)
    let divisor = isUnbiased ? Swift.max(0, n - 1) : n
    var variance = deviation.squared().sum(axes: axes, keepsAxes: keepsAxes) / divisor
    let precision = 4e4 * scalarType.precision
    if zip(mean.scalars, variance.scalars).contains(where: { Swift.abs($0) * precision > $1.squareRoot() }) {
      // The rounding error of such a large mean matters compared with the deviations: it is subtracted from them.
      let rest = deviation.stopGradient.mean(axes: axes, keepsAxes: true)
      variance = (deviation - rest).squared().sum(axes: axes, keepsAxes: keepsAxes) / divisor
    }
    return variance
  }

  /// ln Σ eˣ over the named axes, with the largest element subtracted first so that nothing overflows; −∞ if all
  /// elements are −∞ or there are none, +∞ if one is +∞.
  ///
  /// Its derivative is the softmax e^(x − y), and 0 where all elements are −∞.
  public func logSumExp(axes: [Int]? = nil, keepsAxes: Bool = false) -> Tensor {
    let named = shape.normalized(axes, "sum exponentials over")
    if count == 0 { return sum(axes: axes, keepsAxes: keepsAxes).log() }
    let (x, zero, kept) = (stopGradient, Tensor(0, scalarType: scalarType), shape.keeping(named))
    let largest = x.max(axes: named, keepsAxes: true)
    let shift = select(largest.abs() .== .infinity, zero, largest)
    let result = (x - shift).exp().sum(axes: named, keepsAxes: true).log() + shift
    return result.reshaped(keepsAxes ? kept : shape.removing(named)).recorded(
      [
        Edge(self) { g in  // not e^(x − y): for large x, y has lost the digits of ln Σ
          let e = (self - shift).exp()
          let sum = e.sum(axes: named, keepsAxes: true)
          return g.reshaped(kept) * (e / select(sum .== 0, .one(like: self), sum))
        }
      ])
  }

  /// The Euclidean norm √Σ x² over the named axes; its derivative at 0 counts as 0.
  ///
  /// Where squares overflow, or are below the normal numbers, all elements are first divided by the largest.
  public func norm(axes: [Int]? = nil, keepsAxes: Bool = false) -> Tensor {
    let square = squared().sum(axes: axes, keepsAxes: keepsAxes)
    let least = scalarType == .float ? 1e-30 : 1e-280
    if square.scalars.contains(where: { !($0 > least && $0 < .infinity) }) { return scaledNorm(axes, keepsAxes) }
    return square.squareRoot()
  }

  /// The position of the largest element along an axis (the first of equals, or the first NaN), for each position of
  /// the other axes.
  public func argmax(axis: Int = -1) -> [Int] { indexOfExtreme(.maximum, axis) }

  /// The position of the smallest element along an axis (the first of equals, or the first NaN), for each position of
  /// the other axes.
  public func argmin(axis: Int = -1) -> [Int] { indexOfExtreme(.minimum, axis) }
}

extension Tensor {
  /// u √Σ (x / u)² with u the largest |x|; u is a constant, because the derivative does not depend on it.
  private func scaledNorm(_ axes: [Int]?, _ keepsAxes: Bool) -> Tensor {
    if count == 0 { return sum(axes: axes, keepsAxes: keepsAxes) }
    let largest = stopGradient.abs().max(axes: axes, keepsAxes: true)
    let unit = select((largest .> 0) * (largest .< .infinity), largest, .one(like: self))
    let square = (self / unit).squared().sum(axes: axes, keepsAxes: keepsAxes)
    let isZero = square .== 0
    let root = select(isZero, .zero(like: self), select(isZero, .one(like: self), square).squareRoot())
    return root * unit.reshaped(square.shape)
  }

  private func reduced(
    _ r: Reduction, _ axes: [Int]?, _ keepsAxes: Bool, _ attempt: String, operation: StaticString = #function,
    _ edge: (_ kept: Shape, _ shape: Shape) -> Edge
  ) -> Tensor {
    let axes = shape.normalized(axes, attempt)
    let kept = shape.keeping(axes)
    return Tensor(keepsAxes ? kept : shape.removing(axes), reduced(r, axes[...]))
      .recorded([edge(kept, shape)], operation: operation)
  }

  /// The reduction over axes in ascending order: adjacent axes together, the last ones first, so that nothing is moved.
  private func reduced(_ r: Reduction, _ axes: ArraySlice<Int>) -> Buffer {
    let apart = axes.indices.dropFirst().last { axes[$0 - 1] + 1 != axes[$0] }
    guard let apart else {
      let (x, outer, length, inner) = asLines(Array(axes))
      let result = Buffer(scalarType, count: shape.keeping(Array(axes)).count)
      reduce(r, x, outer: outer, length: length, inner: inner, into: result)
      return result
    }
    let (first, last) = (axes[..<apart], Array(axes[apart...]))
    return Tensor(shape.keeping(last), reduced(r, axes[apart...])).reduced(r, first)
  }

  private func extreme(_ r: Reduction, _ axes: [Int]?, _ keepsAxes: Bool, _ attempt: String) -> Tensor {
    let named = shape.normalized(axes, attempt)
    require(
      count > 0 || shape.keeping(named).count == 0,
      "cannot \(attempt) axes \(named) of \(shape): there are no elements")
    return reduced(r, axes, keepsAxes, attempt) { _, shape in
      Edge(self) { [x = stopGradient] g in
        // Lines of the named axes, one after another: g goes to one element of each.
        let order = shape.lengths.indices.filter { !named.contains($0) } + named
        let lines = x.permuted(order)
        let length = count == 0 ? 0 : count / g.count
        let places = lines.reshaped([g.count, length]).indexOfExtreme(r, 1)
        let targets = places.enumerated().map { $0.offset * length + $0.element }
        return g.reshaped([g.count]).scatterAdded(targets, length: count).reshaped(lines.shape)
          .permuted(order.indices.map { axis in order.firstIndex(of: axis) ?? 0 })
      }
    }
  }

  /// The elements as an array [outer × length × inner], whose middle axis combines the adjacent, ordered `axes`.
  func asLines(_ axes: [Int]) -> (Region, outer: Int, length: Int, inner: Int) {
    guard let first = axes.first, let last = axes.last else { return (elements, count, 1, 1) }
    func product(_ lengths: ArraySlice<Int>) -> Int { lengths.reduce(1, *) }
    let lengths = shape.lengths
    return (elements, product(lengths[..<first]), product(lengths[first...last]), product(lengths[(last + 1)...]))
  }

  private func indexOfExtreme(_ r: Reduction, _ axis: Int) -> [Int] {
    let axis = shape.normalized(axis, "find the extreme along")
    require(
      count > 0 || shape.keeping([axis]).count == 0,
      "cannot find the extreme along axis \(axis) of \(shape): there are no elements")
    let (x, outer, length, inner) = asLines([axis])
    return Kernels.indexOfExtreme(r, x, outer: outer, length: length, inner: inner)
  }
}

import Kernels
import Messages

// Running sums and products: each element continues the one before it. Their derivatives are again running sums and
// products, so all orders take time and memory in proportion to the number of elements, and none of them divides.

extension Tensor {
  /// The running sum along an axis: y[k] = x[0] + … + x[k].
  public func cumulativeSum(axis: Int) -> Tensor {
    scanned(.sum, axis).recorded(
      [Edge(self) { g in g.flipped(axis: axis).cumulativeSum(axis: axis).flipped(axis: axis) }])
  }

  /// The running sum along an axis, multiplied before each addition: y[k] = x[k] + f[k] · y[k − 1], where y[0] = x[0].
  ///
  /// With equal factors it gives discounted sums and moving averages. The factors have the shape of the tensor; the
  /// first factor of each line is ignored.
  public func cumulativeSum(axis: Int, factors f: Tensor) -> Tensor {
    requireSameType(f, "accumulate with factors")
    require(
      shape == f.shape, "cannot accumulate \(shape) with factors of shape \(f.shape): one is needed for each element")
    let axis = shape.normalized(axis, "accumulate along")
    let ((x, outer, length, inner), factors) = (asLines([axis]), f.asLines([axis]).0)
    let result = Buffer(scalarType, count: count)
    scanLinearly(x, factors: factors, outer: outer, length: length, inner: inner, into: result)
    return Tensor(shape, result).recorded([
      Edge(self) { g in g.cumulativeSumFromEnd(axis, factors: f) },
      Edge(f) { g, y in g.cumulativeSumFromEnd(axis, factors: f) * y.delayed(axis, first: 0) },
    ])
  }

  /// The running product along an axis: y[k] = x[0] · … · x[k], with ∂y[k]/∂x[i] = x[0] ⋯ x[i − 1] · x[i + 1] ⋯ x[k]
  /// for i ≤ k.
  public func cumulativeProduct(axis: Int) -> Tensor {
    let axis = shape.normalized(axis, "multiply along")
    return scanned(.product, axis).recorded([
      Edge(self) { [scalarType] g in
        // Parts of a product may be large where the product is not.
        let x = self.converted(to: .double)
        let later = g.converted(to: .double).cumulativeSumFromEnd(axis, factors: x)
        return (x.productOfEarlier(axis) * later).converted(to: scalarType)
      }
    ])
  }

  /// For each element, the product of the others along `axes`: of the earlier ones and of the later ones.
  func productOfOthers(along axes: [Int]) -> Tensor {
    if count == 0 { return self }
    let others = shape.lengths.indices.filter { !axes.contains($0) }
    let order = others + axes
    let lines = converted(to: .double).permuted(order)  // [others…×axes…]
    let x = lines.reshaped(Shape(others.map { shape.lengths[$0] } + [axes.map { shape.lengths[$0] }.reduce(1, *)]))
    let later = x.flipped(axis: -1).productOfEarlier(-1).flipped(axis: -1)
    let products = (x.productOfEarlier(-1) * later).reshaped(lines.shape)
    return products.permuted(order.indices.map { axis in order.firstIndex(of: axis) ?? 0 }).converted(to: scalarType)
  }

  /// y[k] = x[k] + f[k + 1] · y[k + 1]: the transpose of `cumulativeSum(axis:factors:)`, for cotangents.
  private func cumulativeSumFromEnd(_ axis: Int, factors f: Tensor) -> Tensor {
    if count == 0 { return self }
    let factors = f.flipped(axis: axis).delayed(axis, first: 0)
    return flipped(axis: axis).cumulativeSum(axis: axis, factors: factors).flipped(axis: axis)
  }

  /// x[0] · … · x[k − 1]
  private func productOfEarlier(_ axis: Int) -> Tensor { cumulativeProduct(axis: axis).delayed(axis, first: 1) }

  /// y[k] = x[k − 1], and `first` for k = 0.
  private func delayed(_ axis: Int, first: Double) -> Tensor {
    if count == 0 { return self }
    return sliced(0..<shape[axis] - 1, axis: axis).padded(axis: axis, before: 1, after: 0, with: first)
  }

  private func scanned(_ r: Reduction, _ axis: Int) -> Tensor {
    let (x, outer, length, inner) = asLines([shape.normalized(axis, "accumulate along")])
    let result = Buffer(scalarType, count: count)
    scan(r, x, outer: outer, length: length, inner: inner, into: result)
    return Tensor(shape, result)
  }
}

import Kernels

// The softmax and its logarithm: a kernel for the value, and one for the derivative, which needs only the value.

extension Tensor {
  /// The softmax along an axis: e^(xᵢ) / Σⱼ e^(xⱼ), positive numbers that sum to 1.
  ///
  /// The largest element is subtracted first, so nothing overflows. A line that contains NaN or +∞, or consists of −∞,
  /// gives NaN. Probabilities below the smallest normal number, 10⁻³⁸ in `Float`, are 0.
  public func softmax(axis: Int = -1) -> Tensor { softmax(.probabilities, axis, "take the softmax along") }

  /// The logarithm of the softmax along an axis: xᵢ − ln Σⱼ e^(xⱼ), finite wherever the difference from the largest
  /// element is; NaN as for `softmax`.
  public func logSoftmax(axis: Int = -1) -> Tensor { softmax(.logarithms, axis, "take the softmax along") }

  private func softmax(_ form: SoftmaxForm, _ axis: Int, _ attempt: String) -> Tensor {
    let axis = shape.normalized(axis, attempt)
    if axis != rank - 1 { return moved(axis: axis, to: -1).softmax(form, -1, attempt).moved(axis: -1, to: axis) }
    let buffer = Buffer(scalarType, count: count)
    Kernels.softmax(form, elements, rows: rowCount, columns: shape[-1], into: buffer)
    return Tensor(shape, buffer).recorded([Edge(self) { g, y in g.pulledBackSoftmax(form, y) }])
  }

  /// y (g − Σ g y) or g − e^y Σ g, where g is the tensor and y the value: by a kernel, unless differentiated.
  private func pulledBackSoftmax(_ form: SoftmaxForm, _ y: Tensor) -> Tensor {
    if Recording.current != nil {
      return switch form {
      case .probabilities: y * (self - (self * y).sum(axes: [-1], keepsAxes: true))
      case .logarithms: self - y.exp() * sum(axes: [-1], keepsAxes: true)
      }
    }
    let buffer = Buffer(scalarType, count: count)
    pullBackSoftmax(form, elements, value: y.elements, rows: rowCount, columns: shape[-1], into: buffer)
    return Tensor(shape, buffer)
  }

  /// The number of rows of the tensor, one for each position of all axes but the last.
  private var rowCount: Int { count == 0 ? 0 : count / shape[-1] }
}

// § 4.1  Locality, equivariance, shared filters

import Messages
import Tensors

/// Images shifted down by i pixels and to the right by j; pixels that leave at one edge enter at the other.
/// Definition 4.1, § 4.1
public func circularlyShifted(_ images: Tensor, by shift: (down: Int, right: Int)) -> Tensor {
  require(images.rank >= 2, "cannot shift \(images.shape): planes […×H×W] are needed")
  return [(-2, shift.down), (-1, shift.right)].reduce(images) { x, move in
    let (axis, length) = (x.rank + move.0, x.shape[move.0])
    return x.gathered((0..<length).map { (($0 - move.1) % length + length) % length }, axis: axis)
  }
}

/// How far a map is from being equivariant: the largest |f(S x) − S f(x)|, relative to the largest |f(x)|, for circular
/// shifts S. Definition 4.1
///
/// 0 for a convolution with a circular border. The definition's *invariance* is the next function. If f makes images
/// smaller by a factor, its output is shifted by that factor less.
public func equivarianceGap(
  _ f: (Tensor) -> Tensor, at x: Tensor, shift: (down: Int, right: Int), scale s: Int = 1
) -> Double {
  let y = f(x)
  let (first, second) = (
    f(circularlyShifted(x, by: shift)), circularlyShifted(y, by: (shift.down / s, shift.right / s))
  )
  return ((first - second).abs().max() / y.abs().max()).item
}

/// How far a map is from being invariant: the largest |f(S x) − f(x)|, relative to the largest |f(x)|. Definition 4.1
///
/// 0 for a global mean after equivariant layers, not for a convolution: its output moves with the image.
public func invarianceGap(_ f: (Tensor) -> Tensor, at x: Tensor, shift: (down: Int, right: Int)) -> Double {
  let y = f(x)
  return ((f(circularlyShifted(x, by: shift)) - y).abs().max() / y.abs().max()).item
}

/// How strongly an output depends on each input: |∂ f(x)[at] / ∂x|. Definition 4.1
///
/// For one place of a convolution's output this is 0 outside a window of k × k: locality. `place` is an index into the
/// flattened output.
public func dependence(of f: (Tensor) -> Tensor, at x: Tensor, output place: Int) -> Tensor {
  gradient(at: x) { x in
    let y = f(x)
    return y.reshaped([y.count])[place]
  }.abs()
}

/// The matrix of a linear map between images: column j is its value for the image that is 1 at place j and 0 elsewhere.
/// Definition 4.1, § 4.1
///
/// For a convolution this is the equivalent dense layer: nearly all entries are 0, and each row holds the same few
/// numbers.
public func matrix(of f: (Tensor) -> Tensor, inputs shape: Shape) -> Tensor {
  jacobian(at: Tensor.zeros(shape, scalarType: .double)) { x in
    let y = f(x)
    return y.reshaped([y.count])
  }.reshaped([f(Tensor.zeros(shape, scalarType: .double)).count, shape.count])
}

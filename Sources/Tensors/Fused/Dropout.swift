import Kernels
import Messages

// Dropout: multiplicative noise. The caller decides whether to use it: a layer reads `Mode.current`.

/// Sets every element to 0 with probability p, and divides it by 1 − p otherwise, so that its expectation is unchanged.
///
/// One number is drawn from `random`. With the position of an element it determines whether the element is kept,
/// whatever the layout, the scalar type and the number of threads (Srivastava et al., 2014).
public func dropout(_ x: Tensor, probability p: Double, using random: RandomSource) -> Tensor {
  x.droppedOut(p, random, sharedAxes: 0)
}

/// Sets every plane to 0 with probability p, and divides it by 1 − p otherwise: dropout of whole channels, whose
/// neighbouring elements are strongly correlated (Tompson et al., 2015). [N×C×H×W]
public func channelDropout(_ x: Tensor, probability p: Double, using random: RandomSource) -> Tensor {
  require(x.rank >= 2, "cannot drop channels of \(x.shape): axes [N×C×…] are needed")
  return x.droppedOut(p, random, sharedAxes: x.rank - 2)
}

extension Tensor {
  /// Dropout where the elements along the last `sharedAxes` axes are kept or dropped together.
  fileprivate func droppedOut(_ p: Double, _ random: RandomSource, sharedAxes: Int) -> Tensor {
    require(p >= 0 && p <= 1, "cannot drop elements with probability \(p): it must be in 0...1")
    if p == 0 { return self }
    let mask = DropoutMask(key: random.next(), probability: p)
    return masked(mask, columns: shape.lengths.suffix(sharedAxes).reduce(1, *))
  }

  /// The product with a mask that is never stored; linear, and its own transpose.
  private func masked(_ mask: DropoutMask, columns: Int) -> Tensor {
    let buffer = Buffer(scalarType, count: count)
    dropOut(elements, mask, rows: count == 0 ? 0 : count / columns, columns: columns, into: buffer)
    return Tensor(shape, buffer).recorded([Edge(self) { g in g.masked(mask, columns: columns) }])
  }
}

import Kernels
import Messages

// Dropout: noise that multiplies. Whether to use it is the caller's decision: a layer asks `Mode.current`.

/// The tensor with every element set to 0 with probability p, and divided by 1 − p otherwise, so that its expectation stays.
///
/// One draw is taken from `random`; from it and the position of an element follows whether that is kept, whatever the layout, the
/// scalar type and the number of threads (Srivastava et al., 2014).
public func dropout(_ x: Tensor, probability p: Double, using random: RandomSource) -> Tensor {
  x.droppedOut(p, random, sharedAxes: 0)
}

/// The tensor with every plane set to 0 with probability p, and divided by 1 − p otherwise: dropout of whole channels, whose
/// neighbouring elements say much the same (Tompson et al., 2015). [N×C×H×W]
public func channelDropout(_ x: Tensor, probability p: Double, using random: RandomSource) -> Tensor {
  require(x.rank >= 2, "cannot drop channels of \(x.shape): axes [N×C×…] are needed")
  return x.droppedOut(p, random, sharedAxes: x.rank - 2)
}

extension Tensor {
  /// Dropout where the elements along the last `sharedAxes` axes are kept or dropped together.
  fileprivate func droppedOut(_ p: Double, _ random: RandomSource, sharedAxes: Int) -> Tensor {
    require(p >= 0 && p <= 1, "cannot drop elements with probability \(p): it must lie in 0...1")
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

// § 4.3  Pooling layers

import Messages
import Tensors

/// The largest number of each window: y[i, j] = max x[i s + m, j s + n] over 0 ≤ m, n < k. (4.4), § 4.3
///
/// […×H×W] → […×H'×W']
///
/// With a dilation d, x[i s + d m, j s + d n]. `maxPooled2D` is the fast form for d = 1. Riesenhuber and Poggio (1999)
public func maxPooling(_ x: Tensor, window k: Int, stride s: Int, dilation d: Int = 1) -> Tensor {
  let windows = PoolingWindows(x, window: k, stride: s, dilation: d)
  return windows.places.dropFirst().reduce(windows.numbers(of: x, at: (0, 0))) {
    maximum($0, windows.numbers(of: x, at: $1))
  }
}

/// The mean of each window: y[i, j] = 1/k² Σₘ Σₙ x[i s + m, j s + n]. (4.5), § 4.3 […×H×W] → […×H'×W']
///
/// A linear map: the convolution of each channel with the kernel 1/k². `averagePooled2D` is the fast form.
public func averagePooling(_ x: Tensor, window k: Int, stride s: Int) -> Tensor {
  let windows = PoolingWindows(x, window: k, stride: s)
  return sum(over: k, k) { m, n in windows.numbers(of: x, at: (m, n)) } / Double(k * k)
}

/// The mean of every map: GAP(X)[c] = 1/(H W) Σᵢ Σⱼ X[c, i, j]. (4.6), Definition 4.5 […×C×H×W] → […×C]
///
/// It has no parameters, takes maps of any size, and is invariant to circular shifts. Lin, Chen and Yan (2014)
public func globalAveragePooling(_ X: Tensor) -> Tensor {
  require(X.rank >= 2, "cannot average maps of \(X.shape): planes […×H×W] are needed")
  return X.sum(axes: [-2, -1]) / Double(X.shape[-2] * X.shape[-1])
}

/// The derivative of (4.4): each δ[i, j] goes to the largest number of its window, the first of equals. § 4.3
///
/// ∂L/∂x[h, w] = Σ δ[i, j] over the windows whose maximum is x[h, w].
public func maxPoolingGradient(
  _ δ: Tensor, at x: Tensor, window k: Int, stride s: Int, dilation d: Int = 1
) -> Tensor {
  let windows = PoolingWindows(x, window: k, stride: s, dilation: d)
  let y = maxPooling(x, window: k, stride: s, dilation: d)
  var taken = Tensor.zeros(y.shape, scalarType: y.scalarType)
  var gradient = Tensor.zeros(x.shape, scalarType: x.scalarType)
  for place in windows.places {
    let won = (windows.numbers(of: x, at: place) .== y) * (1 - taken)
    gradient += windows.placed(won * δ, at: place)
    taken += won
  }
  return gradient
}

/// The derivative of (4.5): each δ[i, j] is shared equally among the k² places of its window. § 4.3
public func averagePoolingGradient(_ δ: Tensor, at x: Tensor, window k: Int, stride s: Int) -> Tensor {
  let windows = PoolingWindows(x, window: k, stride: s)
  return sum(over: k, k) { m, n in windows.placed(δ / Double(k * k), at: (m, n)) }
}

/// The windows that move over planes: k × k numbers, d apart, moved by s each time.
private struct PoolingWindows {
  let k, s, d, H, W, rows, columns: Int

  init(_ x: Tensor, window k: Int, stride s: Int, dilation d: Int = 1) {
    require(x.rank >= 2, "cannot pool \(x.shape): planes […×H×W] are needed")
    (self.k, self.s, self.d, H, W) = (k, s, d, x.shape[-2], x.shape[-1])
    rows = outputSize(H, kernel: k, stride: s, dilation: d)
    columns = outputSize(W, kernel: k, stride: s, dilation: d)
  }

  /// All (m, n), row by row.
  var places: [(Int, Int)] { (0..<k * k).map { ($0 / k, $0 % k) } }

  /// x[i s + d m, j s + d n] for all i and j. […×H'×W']
  func numbers(of x: Tensor, at place: (m: Int, n: Int)) -> Tensor {
    let (top, left) = (d * place.m, d * place.n)
    return x.sliced(top..<top + s * (rows - 1) + 1, axis: -2, by: s)
      .sliced(left..<left + s * (columns - 1) + 1, axis: -1, by: s)
  }

  /// Zeros with δ[i, j] at (i s + d m, j s + d n): the transpose of `numbers`. […×H×W]
  func placed(_ δ: Tensor, at place: (m: Int, n: Int)) -> Tensor {
    let (top, left) = (d * place.m, d * place.n)
    return spaced(δ, by: s)
      .padded(axis: -2, before: top, after: H - top - s * (rows - 1) - 1)
      .padded(axis: -1, before: left, after: W - left - s * (columns - 1) - 1)
  }
}

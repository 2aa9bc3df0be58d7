// § 4.2.1  The 2D discrete convolution

import Messages
import Tensors

/// The cross-correlation of an image with a kernel, which networks call convolution: Σₘ Σₙ X[i+m, j+n] K[m, n]. (4.1),
/// § 4.2.1
///
/// [H×W] and [k_H×k_W] give [H−k_H+1 × W−k_W+1]: one number for each place where the kernel lies inside the image.
public func crossCorrelation(_ image: Tensor, _ kernel: Tensor) -> Tensor {
  requirePlanes(image, kernel, "cross-correlate")
  let (X, K) = (image, kernel)
  let (H, W) = (X.shape[0] - K.shape[0] + 1, X.shape[1] - K.shape[1] + 1)
  require(H >= 1 && W >= 1, "cannot cross-correlate \(X.shape) with \(K.shape): the kernel is larger than the image")
  return sum(over: K.shape[0], K.shape[1]) { m, n in
    X.sliced(m..<m + H, axis: 0).sliced(n..<n + W, axis: 1) * K[m, n]
  }
}

/// The convolution in the mathematical sense: Σₘ Σₙ X[i−m, j−n] K[m, n], with X zero outside its range. § 4.2.1
///
/// The mirrored kernel gives a number wherever it overlaps the image: [H+k_H−1 × W+k_W−1]. This product is commutative
/// and associative; (4.1) is not.
public func fullConvolution(_ image: Tensor, _ kernel: Tensor) -> Tensor {
  requirePlanes(image, kernel, "convolve")
  let (X, K) = (image, kernel)
  let (kH, kW) = (K.shape[0], K.shape[1])
  return sum(over: kH, kW) { m, n in
    X.padded(axis: 0, before: m, after: kH - 1 - m).padded(axis: 1, before: n, after: kW - 1 - n) * K[m, n]
  }
}

/// The kernel turned by 180 degrees: K[k_H−1−m, k_W−1−n]. § 4.2.1
///
/// With it (4.1) is the part of the mathematical convolution where the kernel lies inside the image.
public func turned(_ kernel: Tensor) -> Tensor { kernel.flipped(axis: -2).flipped(axis: -1) }

/// The kernel that replaces two: cross-correlating with it is cross-correlating with the first, then with the second.
/// § 4.2.1
///
/// So two convolutions without an activation between them are one, of size k₁ + k₂ − 1.
public func composed(_ first: Tensor, then second: Tensor) -> Tensor { fullConvolution(first, second) }

/// Σₘ Σₙ term(m, n) for m < M and n < N.
func sum(over M: Int, _ N: Int, _ term: (Int, Int) -> Tensor) -> Tensor {
  var total = term(0, 0)
  for m in 0..<M { for n in 0..<N where (m, n) != (0, 0) { total += term(m, n) } }
  return total
}

private func requirePlanes(_ image: Tensor, _ kernel: Tensor, _ attempt: String) {
  require(
    image.rank == 2 && kernel.rank == 2 && image.count > 0 && kernel.count > 0,
    "cannot \(attempt) \(image.shape) and \(kernel.shape): one plane [H×W] and one kernel [k_H×k_W] are needed")
}

// § 4.2.2  Sequences, and the transposed convolution

import Messages
import Tensors

/// A convolution along one axis: Y[o, t] = b_o + Σ_c Σₖ X[c, t+k] K[o, c, k]. (4.3) for sequences, § 4.2.3
///
/// [C×T] and [O×C×k] give [O×T−k+1]: for each k, a matrix K[·, ·, k] times a part of the sequence. Fleuret, *The Little
/// Book of Deep Learning* (2023), § 4.2
public func sequenceConvolution(_ sequence: Tensor, filters: Tensor, bias: Tensor) -> Tensor {
  let (X, K) = (sequence, filters)
  require(
    X.rank == 2 && K.rank == 3 && X.shape[0] == K.shape[1] && bias.shape == [K.shape[0]],
    "cannot convolve \(X.shape) with filters \(K.shape) and biases \(bias.shape): [C×T], [O×C×k] and [O] are needed")
  let T = outputSize(X.shape[1], kernel: K.shape[2])
  return (0..<K.shape[2]).map { k in
    matmul(K.sliced(k..<k + 1, axis: 2).squeezed(axis: 2), X.sliced(k..<k + T, axis: 1))
  }.reduce(bias.expanded(axis: 1), +)
}

/// The transposed convolution along one axis, a sum of shifted kernels: X[c, t] K[c, o, k] is added to
/// Y[o, t s + k − p]. § 4.2.2
///
/// [C×T] and [C×O×k] give [O×(T−1) s − 2p + k]. Every number of the sequence adds its kernels, s places further than
/// the number before it.
public func sequenceTransposedConvolution(
  _ sequence: Tensor, filters: Tensor, stride s: Int = 1, padding p: Int = 0
) -> Tensor {
  let (X, K) = (sequence, filters)
  require(
    X.rank == 2 && K.rank == 3 && X.shape[0] == K.shape[0] && s >= 1 && p >= 0,
    "cannot transpose-convolve \(X.shape) with filters \(K.shape): [C×T] and [C×O×k] are needed")
  return transposedConvolutionByKernels(
    X.expanded(axis: 1), filters: K.expanded(axis: 2), stride: (1, s), padding: (0, p)
  ).squeezed(axis: 1)
}

/// The transposed convolution of an image, a sum of shifted kernels: X[c, i, j] K[c, o, m, n] is added to
/// Y[o, i s + m − p, j s + n − p]. § 4.2.2
///
/// [C×H×W] and [C×O×k×k] give [O×(H−1) s − 2p + k×…]. It is the transpose of `convolution` with the same filters,
/// stride and padding, not its inverse. Zeiler et al. (2010)
public func transposedConvolutionByKernels(
  _ image: Tensor, filters: Tensor, stride s: (Int, Int), padding p: (Int, Int)
) -> Tensor {
  let (X, K) = (image, filters)
  require(
    X.rank == 3 && K.rank == 4 && X.shape[0] == K.shape[0],
    "cannot transpose-convolve \(X.shape) with filters \(K.shape): [C×H×W] and [C×O×k×k] are needed")
  let (C, H, W) = (X.shape[0], X.shape[1], X.shape[2])
  let (height, width) = ((H - 1) * s.0 + K.shape[2], (W - 1) * s.1 + K.shape[3])
  let Y = sum(over: H, W) { i, j in
    let x = X.sliced(i..<i + 1, axis: 1).sliced(j..<j + 1, axis: 2).reshaped([C, 1, 1, 1])
    let (top, left) = (i * s.0, j * s.1)
    return (x * K).sum(axes: [0])  // [O×k×k]
      .padded(axis: 1, before: top, after: height - top - K.shape[2])
      .padded(axis: 2, before: left, after: width - left - K.shape[3])
  }
  require(height > 2 * p.0 && width > 2 * p.1, "cannot cut \(p) off \(Y.shape): nothing would be left")
  return Y.sliced(p.0..<height - p.0, axis: 1).sliced(p.1..<width - p.1, axis: 2)
}

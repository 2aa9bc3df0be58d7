// § 4.2.3  Many channels, many filters

import Messages
import Tensors

/// The maps of all filters: Y[o, i, j] = b_o + Σ_c Σₘ Σₙ X[c, i+m, j+n] K[o, c, m, n]. (4.3), § 4.2.3
///
/// [C_in×H×W] and filters [C_out×C_in×k_H×k_W] give [C_out×H'×W']. The inner two sums are (4.1).
public func multichannelConvolution(_ image: Tensor, filters: Tensor, bias: Tensor) -> Tensor {
  requireChannels(image, filters, bias)
  let (X, K, b) = (image, filters, bias)
  let maps = (0..<K.shape[0]).map { o in
    (0..<K.shape[1]).map { c in crossCorrelation(X[c], K[o, c]) }.reduce(b[o], +)
  }
  return Tensor.stacked(maps, axis: 0)
}

/// The derivatives of (4.3), given δ = ∂L/∂Y. § 4.2.3
public struct MultichannelGradients: Sendable {
  /// ∂L/∂X[c, h, w] = Σ_o Σₘ Σₙ δ[o, h−m, w−n] K[o, c, m, n]: the mathematical convolution of δ with the filters.
  public let image: Tensor
  /// ∂L/∂K[o, c, m, n] = Σᵢ Σⱼ X[c, i+m, j+n] δ[o, i, j]: (4.1) with δ in place of the kernel.
  public let filters: Tensor
  /// ∂L/∂b_o = Σᵢ Σⱼ δ[o, i, j].
  public let bias: Tensor

  /// The three gradients of Σ δ ⊙ Y.
  public init(_ δ: Tensor, image X: Tensor, filters K: Tensor) {
    let (O, C) = (K.shape[0], K.shape[1])
    require(
      δ.rank == 3 && X.rank == 3 && K.rank == 4 && δ.shape[0] == O && X.shape[0] == C,
      "cannot take the gradients of a convolution of \(X.shape) and \(K.shape) from \(δ.shape): "
        + "the channels do not match"
    )
    bias = δ.sum(axes: [1, 2])
    filters = Tensor.stacked(
      (0..<O).map { o in Tensor.stacked((0..<C).map { c in crossCorrelation(X[c], δ[o]) }, axis: 0) }, axis: 0)
    image = Tensor.stacked(
      (0..<C).map { c in
        (1..<O).map { o in fullConvolution(δ[o], K[o, c]) }.reduce(fullConvolution(δ[0], K[0, c]), +)
      }, axis: 0)
  }
}

/// The windows of images as columns, so that a convolution is a matrix product. § 4.2.3
///
/// [N×C×H×W] → [N×C k_H k_W×H'W'], where row (c k_H + m) k_W + n holds X[c, s i + d m − p, s j + d n − p] for all i, j.
/// With the filters as rows of a matrix, [C_out×C k_H k_W], (4.3) is their product plus the bias. Chellapilla, Puri and
/// Simard (2006)
public func patches(
  _ images: Tensor, kernel k: Int, stride s: Int = 1, padding p: Int = 0, dilation d: Int = 1
) -> Tensor {
  require(images.rank == 4, "cannot cut \(images.shape) into patches: images [N×C×H×W] are needed")
  let X = padded(images, by: p)
  let (H, W) = (
    outputSize(images.shape[2], kernel: k, stride: s, padding: p, dilation: d),
    outputSize(images.shape[3], kernel: k, stride: s, padding: p, dilation: d)
  )
  let windows = (0..<k * k).map { place in
    let (m, n) = (d * (place / k), d * (place % k))
    return X.sliced(m..<m + s * (H - 1) + 1, axis: 2, by: s).sliced(n..<n + s * (W - 1) + 1, axis: 3, by: s)
  }
  return Tensor.stacked(windows, axis: 2).reshaped([images.shape[0], images.shape[1] * k * k, H * W])
}

/// (4.3) as one matrix product: the filters as rows, the windows as columns. § 4.2.3 [N×C_in×H×W] → [N×C_out×H'×W']
public func convolutionByPatches(
  _ images: Tensor, filters: Tensor, bias: Tensor, stride s: Int = 1, padding p: Int = 0, dilation d: Int = 1
) -> Tensor {
  let (O, k) = (filters.shape[0], filters.shape[-1])
  let columns = patches(images, kernel: k, stride: s, padding: p, dilation: d)  // [N×C k²×H'W']
  let Y = matmul(filters.flattened(from: 1), columns) + bias.reshaped([O, 1])  // [N×C_out×H'W']
  let H = outputSize(images.shape[2], kernel: k, stride: s, padding: p, dilation: d)
  return Y.reshaped([images.shape[0], O, H, Y.shape[2] / H])
}

/// The parameters of a convolution: C_out (C_in k_H k_W + 1), or without bias C_out C_in k_H k_W. § 4.2.3
public func convolutionParameters(
  inputs C_in: Int, outputs C_out: Int, kernel k: (height: Int, width: Int), hasBias: Bool = true
) -> Int {
  C_out * (C_in * k.height * k.width + (hasBias ? 1 : 0))
}

/// The parameters of a fully connected layer: outputs times inputs, plus a bias for each output. Remark 4.2
public func denseParameters(inputs: Int, outputs: Int, hasBias: Bool = true) -> Int {
  outputs * (inputs + (hasBias ? 1 : 0))
}

private func requireChannels(_ X: Tensor, _ K: Tensor, _ b: Tensor) {
  require(
    X.rank == 3 && K.rank == 4 && X.shape[0] == K.shape[1] && b.shape == [K.shape[0]],
    "cannot convolve \(X.shape) with filters \(K.shape) and biases \(b.shape): "
      + "[C×H×W], [O×C×k_H×k_W] and [O] are needed"
  )
}

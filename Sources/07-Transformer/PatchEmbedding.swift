// § 7.5  Images as sequences of patches

import CNN
import Foundations
import Messages
import Tensors

/// The patches of an image, each as a vector of dimension d: x₁ᵖE, …, x_NᵖE with N = HW/P². Definition 7.8
///
/// Every patch is read channel by channel, and each channel row by row. All patches are projected by the same matrix,
/// so the layer is a convolution of stride P with windows of P×P. Dosovitskiy et al. (2020)
public struct PatchEmbedding: Module {
  /// E, and a bias, which (7.12) leaves out. [d × CP²]
  public var projection: Linear
  /// The side P of a patch, in pixels.
  public let side: Int

  /// An embedding of patches of P×P pixels and C channels.
  public init(side P: Int, channels C: Int = 3, width d: Int, random: RandomSource) {
    require(
      P >= 1 && C >= 1 && d >= 1, "cannot embed patches of \(P)×\(P) pixels and \(C) channels in \(d) numbers")
    (projection, side) = (Linear(C * P * P, d, random: random), P)
  }

  /// E and its bias.
  public static var parameters: [PartialKeyPath<PatchEmbedding>] { [\.projection] }

  /// The vectors of all patches, row by row. [B×C×H×W] → [B × HW/P² × d]
  public func callAsFunction(_ images: Tensor) -> Tensor { projection(patches(images, size: side)) }

  /// The same vectors by a convolution of stride P, whose filters are the rows of E. (4.3)
  public func convolved(_ images: Tensor) -> Tensor {
    let d = projection.weight.shape[0]
    let filters = projection.weight.reshaped([d, images.shape[1], side, side])
    let maps = convolution(images, filters, bias: projection.bias, stride: side)  // [B×d×H/P×W/P]
    return maps.flattened(from: 2).transposed
  }
}

/// Images put together from their patches, the inverse of `patches`. [B × HW/P² × CP²] → [B×C×H×W]
public func images(fromPatches patches: Tensor, side P: Int, height H: Int, width W: Int) -> Tensor {
  let (B, N, C) = (patches.shape[0], patches.shape[1], patches.shape[2] / (P * P))
  require(
    H % P == 0 && W % P == 0 && N == (H / P) * (W / P) && patches.shape[2] == C * P * P,
    "cannot make images of \(H)×\(W) pixels of patches \(patches.shape) with side \(P): "
      + "\((H / P) * (W / P)) patches of a multiple of \(P * P) numbers are needed")
  return patches.reshaped([B, H / P, W / P, C, P, P])
    .permuted([0, 3, 1, 4, 2, 5])  // [B×C×H/P×P×W/P×P]
    .reshaped([B, C, H, W])
}

// § 4.2.1  Kernels made by hand

import Foundations
import Tensors

/// Kernels with a known effect, each [3×3]. § 4.2.1
public enum FixedKernel: String, CaseIterable, Sendable {
  /// Leaves the image unchanged.
  case identity
  /// A weighted mean, 1/16 (1 2 1; 2 4 2; 1 2 1): reduces the variance of noise to 36/256.
  case gaussian = "Gaussian"
  /// The slope to the right, (−1 0 1; −2 0 2; −1 0 1): 8 times the slope of a ramp, 0 where nothing changes.
  case sobelX = "Sobel →"
  /// The slope downwards, the transpose of `sobelX`. Sobel and Feldman (1968)
  case sobelY = "Sobel ↓"
  /// The image minus its surroundings, (0 −1 0; −1 4 −1; 0 −1 0): the difference from the neighbours.
  case laplacian = "Laplace"
  /// The image plus its difference from the neighbours.
  case sharpening

  /// The kernel. [3×3]
  ///
  /// Used as in (4.1), without a flip: the slopes are those to the right and downwards.
  public func kernel(_ scalarType: ScalarType = .float) -> Tensor {
    let rows: [[Double]] =
      switch self {
      case .identity: [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
      case .gaussian: [[1, 2, 1], [2, 4, 2], [1, 2, 1]].map { $0.map { $0 / 16 } }
      case .sobelX: [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
      case .sobelY: [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]
      case .laplacian: [[0, -1, 0], [-1, 4, -1], [0, -1, 0]]
      case .sharpening: [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]
      }
    return Tensor(rows, scalarType: scalarType)
  }

  /// The images under the kernel, plane by plane; the border is repeated to keep the size. [N×C×H×W]
  public func callAsFunction(_ images: Tensor) -> Tensor {
    let (N, C) = (images.shape[0], images.shape[1])
    let planes = images.reshaped([N * C, 1, images.shape[2], images.shape[3]])
    return convolution(padded(planes, by: 1, mode: .nearest), kernel(images.scalarType).reshaped([1, 1, 3, 3]))
      .reshaped(images.shape)
  }
}

/// Features of grey images made by hand: after a blur, the sizes of both slopes, averaged over windows of 4 × 4.
/// § 4.2.1
///
/// [N×1×H×W] → [N×2(H/4)(W/4)]. A network can follow these known kernels.
public func fixedFeatures(_ images: Tensor) -> Tensor {
  let smooth = FixedKernel.gaussian(images)
  let slopes = [FixedKernel.sobelX, .sobelY].map { $0(smooth).abs().averagePooled2D(window: 4) }
  return Tensor.concatenated(slopes, axis: 1).flattened(from: 1)
}

/// Learned kernels in place of known ones: four of 3 × 3, ReLU, means over windows of 4 × 4, then an MLP. § 4.2.1
public struct LearnedFeatures: Module {
  /// The kernels.
  public var convolution: Convolution
  /// The MLP that classifies.
  public var head: MLP

  /// Kernels and a network of one hidden layer for square images.
  public init(side: Int, hidden: Int, classes: Int, random: RandomSource) {
    convolution = Convolution(1, 4, kernel: 3, padding: 1, random: random)
    head = MLP([4 * (side / 4) * (side / 4), hidden, classes], random: random)
  }

  /// The kernels and the network.
  public static var parameters: [PartialKeyPath<LearnedFeatures>] { [\.convolution, \.head] }

  /// The logits. [N×1×H×W] → [N×classes]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    head(relu(convolution(x)).averagePooled2D(window: 4).flattened(from: 1))
  }
}

// § 12.1  Damaged images, from which networks learn to restore

import Messages
import Tensors

/// The cosines of the discrete cosine transform of n numbers, an orthogonal matrix: C_kj = √(2/n) cos(π k (2j + 1)/2n),
/// with √(1/n) in row 0. [n×n]
public func cosineMatrix(_ n: Int, scalarType: ScalarType = .float) -> Tensor {
  require(n >= 1, "cannot transform \(n) numbers: at least one is needed")
  let angles = (0..<n).flatMap { (k: Int) -> [Double] in
    (0..<n).map { (j: Int) -> Double in Double.pi * Double(k * (2 * j + 1)) / Double(2 * n) }
  }
  let scale = (0..<n).map { k in (Double(k == 0 ? 1 : 2) / Double(n)).squareRoot() }
  let C = Tensor(angles, shape: [n, n], scalarType: .double).cos()
  return (C * Tensor(scale, shape: [n, 1], scalarType: .double)).converted(to: scalarType)
}

/// Three kinds of damage to colour images: the loss of colour, of resolution, and of what a strong compression leaves
/// out. Fleuret, *The Little Book of Deep Learning* (2023), 6.1
public enum ImageDamage: Sendable, Equatable {
  /// Every pixel becomes grey, with the lightness 0.299 R + 0.587 G + 0.114 B.
  case grey
  /// The means over squares of k×k pixels, enlarged again by bilinear interpolation.
  case shrunk(by: Int)
  /// Blocks of 8×8 pixels are transformed to cosines, which are rounded to multiples of `step` · (1 + u + v) for the
  /// frequencies u and v, as in JPEG.
  case compressed(step: Double)

  /// The damaged images, of the same shape. [N×3×H×W]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    require(x.rank == 4 && x.shape[1] == 3, "cannot damage images \(x.shape): colour images [N×3×H×W] are needed")
    switch self {
    case .grey:
      let weights = Tensor([0.299, 0.587, 0.114], shape: [1, 3, 1, 1], scalarType: x.scalarType)
      return (x * weights).sum(axes: [1], keepsAxes: true).repeated(3, axis: 1)
    case .shrunk(let k):
      requireSides(x, k)
      return bilinearlyUpsampled(x.averagePooled2D(window: k), height: x.shape[2], width: x.shape[3])
    case .compressed(let step):
      requireSides(x, 8)
      return inBlocks(x) { rounded($0, step: step) }
    }
  }

  /// The number of cosines of a batch that are not rounded to 0, as a share of all: what is left to store.
  public static func share(of x: Tensor, step: Double) -> Double {
    var kept = 0
    _ = inBlocks(x) { cosines in
      let found = rounded(cosines, step: step)
      kept = found.scalars.count { $0 != 0 }
      return found
    }
    return Double(kept) / Double(x.count)
  }
}

extension ImageDamage {
  private func requireSides(_ x: Tensor, _ k: Int) {
    require(
      k >= 1 && x.shape[2].isMultiple(of: k) && x.shape[3].isMultiple(of: k),
      "cannot cut \(x.shape) into squares of \(k)×\(k) pixels: sides that are multiples of \(k) are needed")
  }

  private func inBlocks(_ x: Tensor, _ change: (Tensor) -> Tensor) -> Tensor { Self.inBlocks(x, change) }
  private func rounded(_ cosines: Tensor, step: Double) -> Tensor { Self.rounded(cosines, step: step) }

  /// Changes the cosines of all blocks of 8×8 pixels, and transforms back: Cᵀ f(C X Cᵀ) C.
  private static func inBlocks(_ x: Tensor, _ change: (Tensor) -> Tensor) -> Tensor {
    let (N, planes, H, W) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let C = cosineMatrix(8, scalarType: x.scalarType)
    let blocks = x.reshaped([N * planes, H / 8, 8, W / 8, 8]).permuted([0, 1, 3, 2, 4])
    let cosines = change(matmul(matmul(C, blocks), C.transposed))
    let back = matmul(matmul(C.transposed, cosines), C)
    return back.permuted([0, 1, 3, 2, 4]).reshaped([N, planes, H, W])
  }

  private static func rounded(_ cosines: Tensor, step: Double) -> Tensor {
    require(step > 0, "cannot round to multiples of \(step): a positive step is needed")
    let units = (0..<64).map { (place: Int) -> Double in step * Double(1 + place / 8 + place % 8) }
    let numbers = cosines.scalars.enumerated().map { place, value in
      (value / units[place % 64]).rounded() * units[place % 64]
    }
    return Tensor(numbers, shape: cosines.shape, scalarType: cosines.scalarType)
  }
}

/// The peak signal-to-noise ratio of images in [0, 1] in decibels: −10 log₁₀ of the mean squared error.
public func peakSignalToNoiseRatio(_ x: Tensor, _ truth: Tensor) -> Double {
  let error = (x.converted(to: .double) - truth.converted(to: .double)).squared().mean()
  return -10 * error.log().item / Tensor(10, scalarType: .double).log().item
}

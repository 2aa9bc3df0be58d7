// § 3.7.3  CutMix

import Messages
import Tensors

/// A rectangle that is cut out of one image and filled from another. § 3.7.3
public struct CutBox: Equatable, Sendable {
  /// The rows and columns of the rectangle, all inside the image.
  public let rows, columns: Range<Int>
  /// The size of the image.
  public let height, width: Int

  /// The rectangle of r_h × r_w pixels around a pixel, clipped to the image.
  public init(center: (row: Int, column: Int), rows r_h: Int, columns r_w: Int, height: Int, width: Int) {
    func range(_ center: Int, _ length: Int, _ limit: Int) -> Range<Int> {
      let start = center - length / 2
      return min(max(start, 0), limit)..<min(max(start + length, 0), limit)
    }
    (self.height, self.width) = (height, width)
    (rows, columns) = (range(center.row, r_h, height), range(center.column, r_w, width))
  }

  /// The rectangle of Yun et al. (2019): r_w = W √(1 − λ) and r_h = H √(1 − λ), around a uniformly drawn pixel.
  public static func random(share λ: Double, height H: Int, width W: Int, using random: RandomSource) -> CutBox {
    require(0...1 ~= λ, "cannot leave a share of \(λ) of an image: it must be in 0...1")
    let side = (1 - λ).squareRoot()
    return CutBox(
      center: (random.integer(below: H), random.integer(below: W)), rows: Int(side * Double(H)),
      columns: Int(side * Double(W)), height: H, width: W)
  }

  /// The share of the image that stays: λ = 1 − r_w r_h / (W H), with the sides after clipping. § 3.7.3
  ///
  /// With the sides before clipping it would be too small: for a uniform λ by 43/240 ≈ 0.18 on average, on a fine grid.
  public var share: Double { 1 - Double(rows.count * columns.count) / Double(height * width) }

  /// The mask M: 0 inside the rectangle, 1 outside; its mean is `share`. [H×W]
  public func mask(scalarType: ScalarType = .float) -> Tensor {
    func inside(_ range: Range<Int>, _ length: Int) -> Tensor {
      Tensor((0..<length).map { range.contains($0) ? 1 : 0 }, scalarType: scalarType)
    }
    return 1 - inside(rows, height).expanded(axis: 1) * inside(columns, width)  // [H×1] · [W]
  }
}

/// Images with rectangles of others: x̃ = M ⊙ xᵢ + (1 − M) ⊙ xⱼ (3.25), for masks of zeros and ones. [N×C×H×W],
/// M: [N×1×H×W]
public func pasted(_ xᵢ: Tensor, _ xⱼ: Tensor, mask M: Tensor) -> Tensor {
  require(xᵢ.shape == xⱼ.shape, "cannot paste \(xⱼ.shape) into \(xᵢ.shape): both must have the same shape")
  return M * xᵢ + (1 - M) * xⱼ
}

/// A batch in which each image has a rectangle from another: (3.25), with targets ỹ = λ yᵢ + (1 − λ) yⱼ (3.26). § 3.7.3
///
/// λ is drawn from Beta(α, α); in the targets it is the share that stays after clipping. Images [N×C×H×W],
/// targets [N×K]
public func cutMix(_ x: Tensor, _ y: Tensor, concentration α: Double = 1, using random: RandomSource) -> MixedBatch {
  require(
    x.rank == 4 && y.rank == 2 && y.shape[0] == x.shape[0],
    "cannot cut and mix images \(x.shape) with targets \(y.shape): [N×C×H×W] and [N×K] are needed")
  let (N, H, W) = (x.shape[0], x.shape[2], x.shape[3])
  let boxes = (0..<N).map { _ in CutBox.random(share: random.beta(α, α), height: H, width: W, using: random) }
  let M = Tensor.stacked(boxes.map { $0.mask(scalarType: x.scalarType) }, axis: 0).expanded(axis: 1)  // [N×1×H×W]
  let λ = Tensor(boxes.map(\.share), scalarType: x.scalarType)
  let partners = random.permutation(N)
  return MixedBatch(
    inputs: pasted(x, x.gathered(partners), mask: M), targets: mixed(y, y.gathered(partners), share: λ), shares: λ)
}

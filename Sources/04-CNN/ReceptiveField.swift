// § 4.4.3  Receptive fields

import Messages
import Tensors

/// The window of a convolution or a pooling along one axis: all that a receptive field depends on. Remark 4.6
public struct Window: Hashable, Sendable {
  /// The size k, the stride s, the dilation d and the padding p.
  public let kernel, stride, dilation, padding: Int

  /// A window of size k.
  public init(_ k: Int, stride s: Int = 1, dilation d: Int = 1, padding p: Int = 0) {
    require(
      k >= 1 && s >= 1 && d >= 1 && p >= 0,
      "cannot make a window of size \(k) with stride \(s), dilation \(d) and padding \(p): "
        + "k, s, d ≥ 1 and p ≥ 0 are needed"
    )
    (kernel, stride, dilation, padding) = (k, s, d, p)
  }

  /// The layer with these windows, with one filter of equal positive weights 1/k on a sequence, for measuring fields.
  func averaged(_ x: Tensor) -> Tensor {
    let filter = Tensor(repeating: 1 / Double(kernel), [1, 1, kernel], scalarType: x.scalarType)
    return convolution(x, filter, stride: stride, padding: padding, dilation: dilation)
  }
}

/// The part of the input that the units of a layer see, along one axis. Remark 4.6
///
/// Unit i sees `size` pixels from `first` + i `jump` on; pixels beyond the image's ends are padding.
public struct ReceptiveField: Hashable, Sendable {
  /// How many pixels a unit sees, holes included: r.
  public let size: Int
  /// How many pixels lie between the fields of neighbouring units: j, the product of all strides so far.
  public let jump: Int
  /// The first pixel of unit 0's field, negative where there is padding.
  public let first: Int

  /// A pixel sees itself.
  public static let pixel = ReceptiveField(size: 1, jump: 1, first: 0)

  /// The field after one more layer: r ← r + (k − 1) d j, j ← j s, and the first pixel moves by −p j. Remark 4.6
  public func after(_ window: Window) -> ReceptiveField {
    ReceptiveField(
      size: size + (window.kernel - 1) * window.dilation * jump, jump: jump * window.stride,
      first: first - window.padding * jump)
  }

  /// The pixels that unit i sees, padding included.
  public func pixels(unit i: Int) -> Range<Int> { first + i * jump..<first + i * jump + size }

  /// The middle of unit 0's field, in pixels; the middle of unit i's is i jumps further.
  public var center: Double { Double(first) + Double(size - 1) / 2 }
}

/// The receptive field of a stack of layers: r = 1 + Σ_ℓ (k_ℓ − 1) d_ℓ s₁ ⋯ s_ℓ₋₁. Remark 4.6
///
/// For n layers of size k without stride and dilation it is n (k − 1) + 1. Where paths of different lengths meet, as in
/// residual networks, the longest path counts.
public func receptiveField(of layers: [Window]) -> ReceptiveField {
  layers.reduce(.pixel) { field, window in field.after(window) }
}

/// The pixels, of an input of n, on which unit i of the last layer depends: where the gradient of that unit is not
/// zero. Remark 4.6
///
/// All weights are positive, so nothing cancels; a max pooling is replaced by a mean, which sees the same pixels.
public func measuredField(of layers: [Window], inputs n: Int, unit i: Int) -> Range<Int> {
  let x = Tensor.ones([1, 1, n], scalarType: .double)
  let slope = gradient(at: x) { x in layers.reduce(x) { h, window in window.averaged(h) }[0, 0, i] }
  let seen = slope.scalars.indices.filter { slope.scalars[$0] > 0 }
  return (seen.first ?? 0)..<(seen.last ?? -1) + 1
}

/// The same by experiment: the pixels that change unit i of the last layer when they alone are increased. Remark 4.6
public func perturbedField(of layers: [Window], inputs n: Int, unit i: Int) -> Range<Int> {
  func output(_ x: Tensor) -> Double { layers.reduce(x) { h, window in window.averaged(h) }[0, 0, i].item }
  let unchanged = output(.zeros([1, 1, n], scalarType: .double))
  let seen = (0..<n).filter { pixel in
    output(Tensor.oneHot([pixel], classes: n, scalarType: .double).expanded(axis: 0)) != unchanged
  }
  return (seen.first ?? 0)..<(seen.last ?? -1) + 1
}

extension [Window] {
  /// The layers on the longest path of a ResNet of bottleneck blocks: for ResNet-50, 3, 4, 6 and 3 blocks in four
  /// stages. § 4.4.4
  ///
  /// 7 × 7 with stride 2, pooling 3 × 3 with stride 2, then 1 × 1, 3 × 3, 1 × 1 for each block, the first of each later
  /// stage with stride 2.
  public static func bottleneckPath(blocks: [Int] = [3, 4, 6, 3], stride place: BottleneckBlock.Stride) -> [Window] {
    var path = [Window(7, stride: 2, padding: 3), Window(3, stride: 2, padding: 1)]
    for (stage, count) in blocks.enumerated() {
      for block in 0..<count {
        let s = stage > 0 && block == 0 ? 2 : 1
        path += [
          Window(1, stride: place == .first ? s : 1), Window(3, stride: place == .middle ? s : 1, padding: 1),
          Window(1),
        ]
      }
    }
    return path
  }
}

// § 4.2.2  Borders around the image

import Messages
import Tensors

/// The content of a border. § 4.2.2
public enum PaddingMode: String, CaseIterable, Sendable {
  /// Zeros.
  case zero
  /// The nearest pixel of the image, repeated.
  case nearest
  /// The image mirrored at its outermost pixels, which are not repeated.
  case reflect
  /// The opposite edge, as if the image were a ring.
  case circular
  /// Numbers drawn uniformly between the image's smallest and its largest.
  case random
}

/// Images with a border of p pixels on every side. § 4.2.2 […×H×W] → […×H+2p×W+2p]
///
/// A convolution commutes with every circular shift to the last digit only with the circular border. Mirrors need p < H
/// and p < W, rings p ≤ H and p ≤ W. Only random borders need a random source.
public func padded(_ images: Tensor, by p: Int, mode: PaddingMode = .zero, random: RandomSource? = nil) -> Tensor {
  require(
    images.rank >= 2 && p >= 0 && p <= mode.largest(images.shape[-2], images.shape[-1]),
    "cannot pad \(images.shape) by \(p), mode \(mode): planes are needed, and a border that they can fill")
  require(
    mode != .random || random != nil, "cannot pad \(images.shape) at random: no source of random numbers was given")
  switch mode {
  case .zero: return framed(images, by: p)
  case .random: return random.map { randomlyFramed(images, by: p, random: $0) } ?? images
  case .nearest, .reflect, .circular:
    return [-2, -1].reduce(images) { x, axis in
      x.gathered(mode.places(length: x.shape[axis], border: p), axis: x.rank + axis)
    }
  }
}

extension PaddingMode {
  /// The places of a line that fill −p, …, H + p − 1.
  fileprivate func places(length H: Int, border p: Int) -> [Int] {
    (-p..<H + p).map { i in
      switch self {
      case .nearest: min(max(i, 0), H - 1)
      case .reflect: i < 0 ? -i : i >= H ? 2 * (H - 1) - i : i
      default: (i + H) % H
      }
    }
  }

  /// The widest border that this mode can fill.
  fileprivate func largest(_ H: Int, _ W: Int) -> Int {
    switch self {
    case .reflect: min(H, W) - 1
    case .circular: min(H, W)
    case .zero, .nearest, .random: Int.max / 4
    }
  }
}

private func framed(_ images: Tensor, by p: Int) -> Tensor {
  images.padded(axis: -2, before: p, after: p).padded(axis: -1, before: p, after: p)
}

private func randomlyFramed(_ images: Tensor, by p: Int, random: RandomSource) -> Tensor {
  let (low, high) = (images.min().item, images.max().item)
  let inside = framed(Tensor.ones(images.shape, scalarType: images.scalarType), by: p)
  let noise = low + (high - low) * random.uniform(inside.shape, in: 0.0..<1.0, scalarType: images.scalarType)
  return framed(images, by: p) + (1 - inside) * noise
}

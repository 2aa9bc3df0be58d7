// A gallery of mistakes: windows, sizes and the order of axes

import Backprop
import Running
import Tensors

/// Sums over a window, and their sizes.
extension Mistake {
  /// The cross-correlation (4.1) with its bias inside the sum: k² times the bias. § 4.2.3
  public static func biasInEveryTerm(_ X: Tensor, _ K: Tensor, bias b: Double) -> Tensor {
    let (H, W) = (X.shape[0] - K.shape[0] + 1, X.shape[1] - K.shape[1] + 1)
    return sum(over: K.shape[0], K.shape[1]) { m, n in
      X.sliced(m..<m + H, axis: 0).sliced(n..<n + W, axis: 1) * K[m, n] + b
    }
  }

  /// The length of a convolution's output with ⌈…⌉ for the ⌊…⌋ of (4.2): one place too many, where the kernel does not
  /// fit. § 4.2.2
  public static func outputSizeRoundedUp(_ H: Int, kernel k: Int, stride s: Int, padding p: Int) -> Int {
    (H - k + 2 * p + s - 1) / s + 1
  }

  /// ∂L/∂X of a convolution of one plane with the kernel not turned by 180 degrees, as it must be. § 4.2.3
  public static func inputGradientNotTurned(_ δ: Tensor, _ K: Tensor) -> Tensor {
    crossCorrelation(padded(δ, by: K.shape[0] - 1), K)
  }
}

/// The order of four axes.
extension Mistake {
  /// Maps as one row for each image, channels last, although the weights expect channels first. [N×C×H×W] → [N×HWC]
  public static func flattenedChannelsLast(_ x: Tensor) -> Tensor { x.moved(axis: 1, to: 3).flattened(from: 1) }

  /// The pixels of a file, red, green and blue side by side, only *reshaped* to three planes and not moved. [H×W×C] →
  /// [C×H×W]
  public static func planesByReshaping(_ pixels: Tensor) -> Tensor {
    pixels.reshaped([pixels.shape[2], pixels.shape[0], pixels.shape[1]])
  }
}

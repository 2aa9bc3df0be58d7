// § 4.2.2  The size of the output

import Messages
import Tensors

/// The length of a convolution's output along one axis: H_out = ⌊(H − d(k−1) − 1 + 2p) / s⌋ + 1. (4.2), Theorem 4.3,
/// § 4.2.2
///
/// The dilation d is 1 in the notes: ⌊(H − k + 2p) / s⌋ + 1. The kernel must fit into the padded image.
public func outputSize(_ H: Int, kernel k: Int, stride s: Int = 1, padding p: Int = 0, dilation d: Int = 1) -> Int {
  let reach = d * (k - 1) + 1
  require(
    H >= 1 && k >= 1 && s >= 1 && p >= 0 && d >= 1 && H + 2 * p >= reach,
    "cannot move a kernel of length \(k), dilation \(d), by steps of \(s) along \(H) numbers with padding \(p): "
      + "it must fit"
  )
  return (H - reach + 2 * p) / s + 1
}

/// The places where a kernel can start in the padded image: 0, s, 2s, … as long as it fits. Theorem 4.3
///
/// The list of what the theorem counts.
public func kernelPlaces(_ H: Int, kernel k: Int, stride s: Int = 1, padding p: Int = 0, dilation d: Int = 1) -> [Int] {
  Array(stride(from: 0, to: H + 2 * p, by: s).prefix { $0 + d * (k - 1) < H + 2 * p })
}

/// The length of a transposed convolution's output: (H − 1) s − 2p + d(k−1) + 1. § 4.2.2
///
/// It inverts (4.2) if the division has no remainder; with a remainder r, `outputPadding: r` gives the old length.
public func transposedOutputSize(
  _ H: Int, kernel k: Int, stride s: Int = 1, padding p: Int = 0, dilation d: Int = 1, outputPadding r: Int = 0
) -> Int {
  (H - 1) * s - 2 * p + d * (k - 1) + 1 + r
}

/// The padding before and after a line that gives ⌈H / s⌉ outputs for any kernel. Example 4.4, § 4.2.2
///
/// For odd k and s = 1 both are d(k−1)/2, which is ⌊k/2⌋ without dilation. For even k the two differ by 1, because no
/// padding that is equal on both sides keeps the size.
public func samePadding(_ H: Int, kernel k: Int, stride s: Int = 1, dilation d: Int = 1) -> (before: Int, after: Int) {
  let outputs = (H + s - 1) / s
  let total = max(0, (outputs - 1) * s + d * (k - 1) + 1 - H)
  return (total / 2, total - total / 2)
}

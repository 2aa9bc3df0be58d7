// § 11.6.1  Other activations: piecewise polynomials, and functions that are not

import Foundations
import Messages
import Tensors

/// A fully connected network with any elementwise activation: A⁽ᴸ⁾ ∘ σ ∘ … ∘ σ ∘ A⁽¹⁾, with its hidden
/// pre-activations. x: [N×n₀] → outputs [N×n_L]
public func outputs(
  of layers: [Linear], at x: Tensor, activation σ: (Tensor) -> Tensor
) -> (outputs: Tensor, preactivations: [Tensor]) {
  var (h, z) = (x, [Tensor]())
  for layer in layers.dropLast() {
    z.append(layer(h))
    h = σ(layer(h))
  }
  return (layers.last?(h) ?? h, z)
}

/// ReLU(z)², whose networks are piecewise polynomial: of degree 2ˡ with l hidden layers. § 11.6.1
public func squaredReLU(_ z: Tensor) -> Tensor { maximum(0, z).squared() }

/// The differences of order m of equally spaced values: Σᵢ (−1)^(m−i) C(m, i) yⱼ₊ᵢ. § 11.6.1
///
/// For polynomials of degree below m they are 0.
public func finiteDifferences(_ y: [Double], order m: Int) -> [Double] {
  (0..<m).reduce(y) { values, _ in zip(values.dropFirst(), values).map { $0 - $1 } }
}

/// The windows of neighbouring points between which no hidden neuron changes its sign: parts of one piece.
///
/// The positions of the first points of all windows of the given length.
public func windowsWithoutKink(_ preactivations: [Tensor], length: Int) -> [Int] {
  let signs = preactivations.map { ($0 .> 0).scalars }
  let widths = preactivations.map { $0.shape[1] }
  guard let count = preactivations.first?.shape[0], count >= length else { return [] }
  let isSame = (1..<count).map { i in
    zip(signs, widths).allSatisfy { s, w in s[(i - 1) * w..<i * w] == s[i * w..<(i + 1) * w] }
  }
  return (0...count - length).filter { first in isSame[first..<first + length - 1].allSatisfy { $0 } }
}

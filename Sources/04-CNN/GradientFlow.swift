// § 4.4.4  Gradients in deep stacks, with and without shortcuts

import Regularization
import Tensors

/// A deep stack of blocks that keep the shape of the maps, to observe a gradient on its way back. § 4.4.4
public struct BlockStack: Module {
  /// The blocks.
  public var blocks: [ResidualBlock]
  /// Whether the blocks normalize their maps.
  public let isNormalized: Bool
  /// Whether blocks add their input: x_{l+1} = F_l(x_l) + x_l, Theorem 4.7, and otherwise x_{l+1} = F_l(x_l).
  public let isResidual: Bool

  /// A stack of L blocks with `channels` channels. Without normalization filters are drawn as in PyTorch, from
  /// ±1/√(C k²).
  public init(blocks L: Int, channels: Int, isNormalized: Bool, isResidual: Bool, random: RandomSource) {
    blocks = (0..<L).map { _ in
      var block = ResidualBlock(channels, channels, random: random)
      if !isNormalized {
        block.convolution1 = Convolution(channels, channels, kernel: 3, padding: 1, hasBias: false, random: random)
        block.convolution2 = Convolution(channels, channels, kernel: 3, padding: 1, hasBias: false, random: random)
      }
      return block
    }
    (self.isNormalized, self.isResidual) = (isNormalized, isResidual)
  }

  /// The blocks.
  public static var parameters: [PartialKeyPath<BlockStack>] { [\.blocks] }

  /// F_l(x): Conv-BN-ReLU-Conv-BN, or Conv-ReLU-Conv without normalization.
  public func residual(_ l: Int, _ x: Tensor) -> Tensor {
    let block = blocks[l]
    return isNormalized ? block.residual(x) : block.convolution2(block.convolution1(x).activated(by: .relu))
  }

  /// x_L. [N×C×H×W]
  public func callAsFunction(_ x: Tensor) -> Tensor { output(x, shifts: []) }

  /// The norms ‖∂L/∂x_l‖ for l = 0, …, L in training mode, for a loss L = ⟨v, x_L⟩. (4.9)
  public func gradientNorms(at x: Tensor, along v: Tensor) -> [Double] {
    let shifts = [Tensor](repeating: 0 * x, count: blocks.count + 1)
    let g = gradient(at: shifts, mode: .training) { (v * output(x, shifts: $0)).sum() }
    return g.map { $0.norm().item }
  }

  /// x_L when a shift is added to every state x_l; the derivative by the shift is the derivative by the state.
  private func output(_ x: Tensor, shifts: [Tensor]) -> Tensor {
    let start = shifts.first.map { x + $0 } ?? x
    return blocks.indices.reduce(start) { x, l in
      let y = isResidual ? residual(l, x) + x : residual(l, x)
      return shifts.isEmpty ? y : y + shifts[l + 1]
    }
  }
}

import CNN
import Checking
import Foundation
import Tensors
import Testing

@Suite("§ 4.4.4 Gradients in deep stacks")
struct GradientFlowTests {
  private func norms(_ L: Int, isNormalized: Bool, isResidual: Bool) -> [Double] {
    let random = RandomSource(seed: 1)
    let stack = BlockStack(blocks: L, channels: 4, isNormalized: isNormalized, isResidual: isResidual, random: random)
    let (x, v) = (random.normal([4, 4, 6, 6]), random.normal([4, 4, 6, 6]))
    let norms = stack.gradientNorms(at: x, along: v)
    return norms.map { $0 / norms[L] }
  }

  @Test("(4.9): through 16 blocks the gradient falls to a millionth without the identity, and keeps its size with it")
  func highway() {
    let (plain, residual) = (
      norms(16, isNormalized: false, isResidual: false), norms(16, isNormalized: false, isResidual: true)
    )
    #expect(plain.count == 17 && residual.count == 17)
    #expect(plain[0] < 1e-6)
    #expect(zip(plain, plain.dropFirst()).allSatisfy { $0 < $1 })
    #expect(residual.allSatisfy { (0.9...3).contains($0) })
  }

  @Test(
    "§ 4.4.4: with batch normalization a plain stack's gradient does not vanish: it grows, faster than with shortcuts")
  func normalized() {
    let (plain, residual) = (
      norms(16, isNormalized: true, isResidual: false), norms(16, isNormalized: true, isResidual: true)
    )
    #expect(plain[0] > 2 * residual[0])
    #expect(residual[0] < 10)
  }

  @Test("§ 4.4.4: with normalization a plain stack's gradient grows by about √(π/(π − 1)) = 1.21 in each block")
  func growth() {
    let random = RandomSource(seed: 3)
    let stack = BlockStack(blocks: 24, channels: 8, isNormalized: true, isResidual: false, random: random)
    let norms = stack.gradientNorms(at: random.normal([8, 8, 6, 6]), along: random.normal([8, 8, 6, 6]))
    let factor = pow(norms[0] / norms[24], 1.0 / 24)
    #expect(abs(factor / (Double.pi / (.pi - 1)).squareRoot() - 1) < 0.06)
  }

  @Test("(4.9): the norms are those of the gradients at the states")
  func states() {
    let random = RandomSource(seed: 2)
    let stack = BlockStack(blocks: 3, channels: 2, isNormalized: false, isResidual: true, random: random)
      .converted(to: .double)
    let (x, v) = (spread([1, 2, 3, 3]), spread([1, 2, 3, 3], offset: 5))
    let blocks = ResidualStack((0..<3).map { l in { stack.residual(l, $0) } })
    let states = blocks.states(from: x)
    let expected = states.indices.map {
      blocks.gradient(v, at: states[$0], block: $0).squared().sum().item.squareRoot()
    }
    let measured = stack.gradientNorms(at: x, along: v)
    for (a, b) in zip(measured, expected) { #expect(abs(a - b) < 1e-12) }
    #expect(stack(x).scalars == states[3].scalars)
  }
}

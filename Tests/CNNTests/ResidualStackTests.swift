import CNN
import Checking
import Tensors
import Testing

@Suite("Theorem 4.7 Residual stacks")
struct ResidualStackTests {
  /// Six branches tanh(W x) of four numbers.
  private let stack: ResidualStack
  private let x = spread([4], offset: 3)
  init() {
    stack = ResidualStack(
      (0..<6).map { l in
        let W = spread([4, 4], offset: 20 * l)
        return { matmul(W, $0.reshaped([4, 1])).tanh().reshaped([4]) }
      })
  }

  @Test("(4.8): the output is any state plus the residuals of all blocks after it, block numbers 0 to L − 1")
  func unrolled() {
    let states = stack.states(from: x)
    #expect(states.count == 7)
    for l in 0...6 { expectClose(stack.output(from: states[l], block: l), states[6], tolerance: 1e-14, scale: 1) }
  }

  @Test("(4.8), as printed: with blocks 1 to L the sum up to L − 1 misses the last block")
  func printedIndex() {
    let states = stack.states(from: x)
    let printed = zip(stack.branches.dropLast(), states).reduce(x) { $0 + $1.0($1.1) }
    expectClose(printed, states[5], tolerance: 1e-14, scale: 1)
    #expect((printed - states[6]).abs().max().item > 0.1)
  }

  @Test("(4.9): the Jacobian is I + ∂/∂x_l Σᵢ Fᵢ(xᵢ), from every block on, and the product of I + J_i")
  func jacobians() {
    let states = stack.states(from: x)
    for l in 0...6 {
      let exact = jacobian(at: states[l]) { stack.states(from: $0, block: l).last ?? $0 }
      expectClose(stack.outputJacobian(at: states[l], block: l), exact, tolerance: 1e-12, scale: 1)
      expectClose(stack.jacobianProduct(at: states[l], block: l), exact, tolerance: 1e-12, scale: 1)
    }
    expectGradient(at: x) { x in (stack.output(from: x) * spread([4])).sum() }
  }

  @Test("(4.9): the gradient at x_l is the one at the output times that Jacobian, as recorded")
  func gradients() {
    let g = spread([4], offset: 9)
    let recorded = gradient(at: x) { (stack.output(from: $0) * g).sum() }
    expectClose(stack.gradient(g, at: x), recorded, tolerance: 1e-12, scale: 1)
  }

  @Test("(4.9), as printed: with the number 1 in place of I, added to every entry, the Jacobian is wrong")
  func printedOne() {
    let sum = stack.outputJacobian(at: x) - Tensor.identity(4, scalarType: .double)
    #expect((1 + sum - stack.jacobianProduct(at: x)).abs().max().item > 0.9)
  }

  @Test("Theorem 4.7: where the residuals' derivatives are 0 the gradient passes unchanged")
  func highway() {
    let still = ResidualStack([{ 0 * $0 + 3 }, { 0 * $0 - 1 }])
    #expect(still.gradient(spread([4]), at: x).scalars == spread([4]).scalars)
  }

  @Test("Theorem 4.7: a gradient can vanish, for F(x) = −x is a residual and makes it exactly 0")
  func vanishes() {
    let stack = ResidualStack([stack.branches[0], { -$0 }, stack.branches[1]])
    let recorded = gradient(at: x) { (stack.states(from: $0)[3] * spread([4])).sum() }
    #expect(recorded.scalars == [0, 0, 0, 0])
    #expect(stack.gradient(spread([4]), at: x).abs().max().item < 1e-15)
  }

  @Test("Theorem 4.7: with a ReLU after the sum, (4.8) fails as soon as a sum is negative")
  func activatedSums() {
    let F: @Sendable (Tensor) -> Tensor = { -2 * $0 + 1 }
    let stack = ResidualStack([F, F])
    let start = Tensor([0.5, 3], scalarType: .double)
    let states = (0..<2).reduce(into: [start]) { states, _ in
      states.append((F(states[states.count - 1]) + states[states.count - 1]).activated(by: .relu))
    }
    let residuals = F(states[0]) + F(states[1])
    #expect((start + residuals - states[2]).abs().scalars == [0, 2])
    #expect(stack.output(from: start).scalars == [0.5, 3])
  }

  @Test("a branch that changes the shape stops with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) {
      _ = ResidualStack([{ $0.sum(axes: [0]) }]).states(from: Tensor.ones([3]))
    }
  }
}

import Checking
import Tensors
import Testing

@Suite("The checks themselves")
struct CheckingTests {
  let point = [Tensor([0.5, 2]), Tensor([[1, 2], [3, 4]])]

  @Test("a right gradient has a tiny error, and a wrong one is found where it is wrong")
  func gradients() {
    #expect(gradientError(at: point) { $0[0].exp().sum() * $0[1].log().sum() }.relative < 1e-10)
    // The rules do not see the derivative of x₁₀²: they give 0 instead of 6.
    let error = gradientError(at: point) { $0[0].sum() + $0[1][1, 0] * 0 + hiddenSquare($0[1][1, 0]) }
    #expect((error.parameter, error.index) == (1, [1, 0]))
    #expect(error.analytic == 0 && abs(error.numeric - 6) < 1e-9 && error.relative == 1)
    #expect("\(error)".contains("parameter 1, index [1, 0]: analytic 0.0, numeric 6.0"))
  }

  @Test("a second derivative is wrong if the rule of only the first derivative is wrong")
  func secondOrder() {
    let f = { (x: Tensor) in (x * x.stopGradient).sum() + hiddenSquare(x).sum() - (x * x.stopGradient).sum() }
    #expect(!(secondGradientError(at: Tensor([1, 2])) { ($0 * f($0)).sum() } < 0.1))
    #expect(secondGradientError(at: Tensor([1, 2])) { ($0 * $0.exp()).sum() } < 1e-8)
  }

  @Test("a NaN is an infinite error, and two infinities of one sign are equal")
  func notNumbers() {
    #expect(gradientError(at: Tensor([-1])) { $0.log().sum() }.relative == .infinity)
    #expect(largestGap(Tensor([1, .nan]), Tensor([1, 2])).relative == .infinity)
    #expect(largestGap(Tensor([.infinity, .nan]), Tensor([.infinity, .nan])).relative == 0)
    #expect(largestGap(Tensor([.infinity]), Tensor([-.infinity])).relative == .infinity)
  }

  @Test("a gap is measured in units in the last place of the narrower type, at the worst place")
  func gaps() {
    let (a, b) = (Tensor([[1, 1], [1, 1]]), Tensor([[1, 1], [1 + 0x1p-22, 1 + 0x1p-23]]))
    let gap = largestGap(a, b)
    #expect(gap.index == [1, 0] && gap.ulps == 2 && abs(gap.relative - 0x1p-22) < 1e-12)
    #expect(largestGap(Tensor([1e-9]), Tensor([0]), scale: 1).relative < 2e-9)
  }

  @Test("maps that are not transposes of one another have a gap")
  func adjoint() {
    let (x, y) = (spread([3]), spread([3], offset: 5))
    #expect(adjointGap({ $0.cumulativeSum(axis: 0) }, { $0.cumulativeSum(axis: 0) }, x, y) > 0.1)
  }

  @Test("the error for a missing golden file says how to make it")
  func golden() {
    #expect {
      try Checking.golden("missing", as: [Double].self)
    } throws: {
      "\($0)" == "cannot read Tests/Golden/missing.json: run the Python script next to it that makes it"
    }
  }
}

/// x², as a constant to the rules.
private func hiddenSquare(_ x: Tensor) -> Tensor { (x * x).stopGradient }

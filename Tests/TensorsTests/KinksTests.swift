import Checking
import Tensors
import Testing

@Suite("At the kinks")
struct KinksTests {
  let x = Tensor([-1, 0, 0, 2])

  @Test("|x| has the derivative 0 at 0, and sign x everywhere else")
  func absolute() {
    #expect(gradient(at: x) { $0.abs().sum() } == Tensor([-1, 0, 0, 1]))
  }

  @Test("sign x and the comparisons let no derivative through")
  func steps() {
    #expect(gradient(at: x) { $0.sign().sum() } == Tensor([0, 0, 0, 0]))
    let comparisons: [@Sendable (Tensor) -> Tensor] = [
      { $0 .< 1 }, { $0 .<= $0 }, { $0 .> 0 }, { $0 .>= 0 }, { $0 .== 0 },
    ]
    for compare in comparisons {
      #expect(gradient(at: x) { compare($0).sum() } == Tensor([0, 0, 0, 0]))
    }
  }

  @Test("max(0, x) has the derivative 0 at 0, and so has min(0, x)")
  func rectifier() {
    #expect(gradient(at: x) { maximum(0, $0).sum() } == Tensor([0, 0, 0, 1]))
    #expect(gradient(at: x) { minimum(0, $0).sum() } == Tensor([1, 0, 0, 0]))
  }

  @Test("a clamped number has the derivative 0 at both ends of the range")
  func clamped() {
    let x = Tensor([-2, -1, 0.5, 2, 3])
    #expect(gradient(at: x) { $0.clamped(to: -1...2).sum() } == Tensor([0, 0, 1, 0, 0]))
  }

  @Test("the larger and the smaller of equal numbers give each half of the derivative")
  func pairs() {
    let pair = [Tensor([1, 2, 5]), Tensor([3, 2, 4])]
    #expect(gradient(at: pair) { maximum($0[0], $0[1]).sum() } == [Tensor([0, 0.5, 1]), Tensor([1, 0.5, 0])])
    #expect(gradient(at: pair) { minimum($0[0], $0[1]).sum() } == [Tensor([1, 0.5, 0]), Tensor([0, 0.5, 1])])
  }

  @Test("the largest and the smallest elements share the derivative evenly")
  func extremes() {
    let x = Tensor([[3, 1, 3], [2, 2, 2]])
    let third = 1.0 / 3
    #expect(gradient(at: x) { $0.max(axes: [1]).sum() } == Tensor([[0.5, 0, 0.5], [third, third, third]]))
    #expect(gradient(at: x) { $0.min(axes: [1]).sum() } == Tensor([[0, 1, 0], [third, third, third]]))
  }

  @Test("the norm has the derivative 0 at 0, and stays differentiable there a second time")
  func norm() {
    let zero = Tensor.zeros([3])
    #expect(gradient(at: zero) { $0.norm() } == zero)
    #expect(gradient(at: zero) { gradient(at: $0) { $0.norm() }.sum() } == zero)
  }

  @Test("xʸ counts as constant in x where both are 0, and as constant in y where x is 0")
  func powers() {
    let pair = [Tensor([0, 0, 2]), Tensor([0, 3, 0])]
    let g = gradient(at: pair) { $0[0].power($0[1]).sum() }
    #expect(g[0] == Tensor([0, 0, 0]))
    #expect(largestGap(g[1], Tensor([0, 0, 0.693_147_18])).ulps <= 1)
    let second = gradient(at: pair) { p in gradient(at: p) { $0[0].power($0[1]).sum() }.dot(p) }
    #expect(second.allSatisfy { $0.scalars.allSatisfy(\.isFinite) })
  }

  @Test("the derivative of logSumExp is the softmax, 0 for an element and a whole row of −∞")
  func logSumExpOfNothing() {
    let x = Tensor([[0, -.infinity], [-.infinity, -.infinity]], scalarType: .double)
    #expect(gradient(at: x) { $0.logSumExp(axes: [1])[0] } == Tensor([[1, 0], [0, 0]], scalarType: .double))
    #expect(gradient(at: x) { $0.logSumExp(axes: [1])[1] } == Tensor([[0, 0], [0, 0]], scalarType: .double))
  }

  @Test("select passes nothing to the branch not taken, infinite as the other derivative may be")
  func selection() {
    let x = Tensor([0, 4])
    let g = gradient(at: x) { x in select(x .> 0, x.squareRoot(), x).sum() }
    #expect(g[1].item == 0.25)
    let pair = gradient(at: [Tensor([0, 4]), Tensor([1, 1])]) { select($0[0] .> 0, $0[0], $0[1]).log().sum() }
    #expect(pair == [Tensor([0, 0.25]), Tensor([1, 0])])
    let infinite = gradient(at: [Tensor([1, 0]), Tensor([0, 1])]) {
      select(Tensor([0, 1]), $0[0], $0[1]).squareRoot().sum()
    }
    #expect(infinite == [Tensor([0, .infinity]), Tensor([.infinity, 0])])
  }
}

import Checking
import Tensors
import Testing

@Suite("Derivatives at kinks")
struct KinksTests {
  let x = Tensor([-1, 0, 0, 2])

  @Test("|x| has the derivative 0 at 0, and sign x everywhere else")
  func absolute() {
    #expect(gradient(at: x) { $0.abs().sum() } == Tensor([-1, 0, 0, 1]))
  }

  @Test("sign x and the comparisons have derivative 0")
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

  @Test("of two equal numbers the first gets the derivative of the larger and of the smaller")
  func pairs() {
    let pair = [Tensor([1, 2, 5]), Tensor([3, 2, 4])]
    #expect(gradient(at: pair) { maximum($0[0], $0[1]).sum() } == [Tensor([0, 1, 1]), Tensor([1, 0, 0])])
    #expect(gradient(at: pair) { minimum($0[0], $0[1]).sum() } == [Tensor([1, 1, 0]), Tensor([0, 0, 1])])
  }

  @Test("of equal elements the first, as argmax and argmin name it, gets the derivative of the extreme, also of NaN")
  func extremes() {
    let x = Tensor([[3, 1, 3], [2, 2, 2], [1, .nan, .nan]])
    #expect(gradient(at: x) { $0.max(axes: [1]).sum() } == Tensor([[1, 0, 0], [1, 0, 0], [0, 1, 0]]))
    #expect(gradient(at: x) { $0.min(axes: [1]).sum() } == Tensor([[0, 1, 0], [1, 0, 0], [0, 1, 0]]))
    let y = Tensor([[[1, 5], [5, 2]], [[5, 0], [1, 5]]].flatMap { $0.flatMap { $0 } }, shape: [2, 2, 2])
    let apart = gradient(at: y) { $0.max(axes: [0, 2]).sum() }  // rows (1, 5, 5, 0) and (5, 2, 1, 5)
    #expect(apart == Tensor([0, 1, 1, 0, 0, 0, 0, 0], shape: [2, 2, 2]))
  }

  @Test("equal maxima follow one rule: in a window, a line, a pair and a chain of pairs the first gets the derivative")
  func equalMaxima() {
    let x = Tensor([[0, 7, 7], [7, 7, 0], [0, 7, 7]])
    let first = Tensor([[0, 1, 0], [0, 0, 0], [0, 0, 0]])
    #expect(gradient(at: x) { $0.maxPooled2D(window: 3).sum() } == first)
    #expect(gradient(at: x) { $0.max() } == first)
    #expect(gradient(at: x) { $0.flattened(from: 0).maxPooled1D(window: 9).sum() } == first)
    #expect(gradient(at: x) { $0.flattened(from: 0).largest(1).values.sum() } == first)
    let chain = gradient(at: x) { x in
      let numbers = x.flattened(from: 0)
      return (1..<9).reduce(numbers[0]) { maximum($0, numbers[$1]) }
    }
    #expect(chain == first)
  }

  @Test("the norm has the derivative 0 at 0, and a second derivative there")
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

  @Test("0 to a negative power is infinite, with derivative −∞ in x and 0 in y, of second order too")
  func negativePowers() {
    let pair = [Tensor([0, 2]), Tensor([-1, -1])]
    let g = gradient(at: pair) { $0[0].power($0[1]).sum() }
    #expect(g[0] == Tensor([-.infinity, -0.25]))
    #expect(g[1][0].item == 0 && largestGap(g[1], Tensor([0, 0.346_573_59])).ulps <= 2)
    let exponent = pair[1]
    #expect(gradient(at: exponent) { y in gradient(at: y) { pair[0].power($0).sum() }[0] } == Tensor([0, 0]))
  }

  @Test("the derivative of logSumExp is the softmax, 0 for an element and a whole row of −∞")
  func logSumExpOfNothing() {
    let x = Tensor([[0, -.infinity], [-.infinity, -.infinity]], scalarType: .double)
    #expect(gradient(at: x) { $0.logSumExp(axes: [1])[0] } == Tensor([[1, 0], [0, 0]], scalarType: .double))
    #expect(gradient(at: x) { $0.logSumExp(axes: [1])[1] } == Tensor([[0, 0], [0, 0]], scalarType: .double))
  }

  @Test(
    "select passes nothing to an infinite slope if the argument is selected first, and NaN if only the result is"
  )
  func selectionOfArguments() {
    let x = Tensor([0, 4])
    #expect(gradient(at: x) { x in select(x .> 0, x.squareRoot(), x).sum() }[0].item.isNaN)
    let safe = gradient(at: x) { x in
      select(x .> 0, select(x .> 0, x, Tensor(1)).squareRoot(), x).sum()
    }
    #expect(safe == Tensor([1, 0.25]))
  }

  @Test("terms of weight 0 are left out of a weighted sum even if infinite; NaN is not")
  func weighted() {
    let (x, w) = (Tensor([-.infinity, .infinity, 2, -.infinity, .nan]), Tensor([0, 0, 3, 1, 0]))
    let y = x.weighted(by: w).scalars
    #expect(y[..<4] == [0, 0, 6, -.infinity] && y[4].isNaN)
    let g = gradient(at: [x[0..<3], w[0..<3]]) { $0[0].weighted(by: $0[1]).sum() }
    #expect(g == [Tensor([0, 0, 3]), Tensor([0, 0, 2])])
    // Where nothing is infinite the derivative by a weight of 0 is x.
    #expect(gradient(at: Tensor([0])) { Tensor([5]).weighted(by: $0).sum() } == Tensor([5]))
  }

  @Test("select passes nothing to the branch not taken, even if its derivative is infinite")
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

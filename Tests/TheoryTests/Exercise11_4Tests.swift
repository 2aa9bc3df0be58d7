import Foundations
import Tensors
import Testing
import Theory

@Suite("Exercise 11.4  Depth against width")
struct Exercise11_4Tests {
  @Test("Exercise 11.4.1: g is a network with one hidden layer of two ReLU neurons, without error")
  func tent() {
    let network = Sawtooth(folds: 1).network(hiddenLayers: 1)
    #expect(network.widths == [1, 2, 1])
    #expect(network.layers[0].weight.scalars == [2, 2] && network.layers[0].bias?.scalars == [0, -1])
    #expect(network.layers[1].weight.scalars == [1, -2])
    #expect(PiecewiseLinear(of: network, on: 0...1).largestDistance(to: Sawtooth(folds: 1).function) == 0)
  }

  @Test("Exercise 11.4.2: g∘ᵏ has 2ᵏ pieces, for k = 1, 2, 5, 10: 2, 4, 32, 1,024")
  func pieces() {
    let found = [1, 2, 5, 10].map {
      PiecewiseLinear(of: Sawtooth(folds: $0).network(hiddenLayers: $0), on: 0...1).pieces
    }
    #expect(found == [2, 4, 32, 1_024])
  }

  @Test("Exercise 11.4.3: one hidden layer of 2ᵏ neurons is g∘ᵏ; the bound by pieces, w + 1 ≥ 2ᵏ, allows one fewer")
  func oneLayer() {
    for k in 1...6 {
      let network = Sawtooth(folds: k).network(hiddenLayers: 1)
      #expect(network.widths == [1, 1 << k, 1])
      #expect(PiecewiseLinear(of: network, on: 0...1).largestDistance(to: Sawtooth(folds: k).function) == 0)
      #expect(PiecewiseLinear.mostPieces(hiddenWidths: [(1 << k) - 1]) == 1 << k)
    }
  }

  @Test("Exercise 11.4.3: with 2ᵏ − 1 neurons, kinks in place, the least error is 1/(2(2ᵏ − 1)): 1/2, 1/6, 1/14")
  func oneTooFew() {
    for k in 1...3 {
      let near = NearSawtooth.best(Sawtooth(folds: k))
      let n = near.target.pieces
      #expect((near.error - 1 / Double(2 * (n - 1))).magnitude < 1e-15)
      let network = near.network
      #expect(network.widths == [1, n - 1, 1])
      let function = PiecewiseLinear(of: network, on: 0...1)
      #expect(function.pieces == (k == 1 ? 2 : n))
      #expect((function.largestDistance(to: near.target.function) - near.error).magnitude < 1e-12)
    }
  }

  @Test("Exercise 11.4.3: no choice of directions, and no least squares, has a smaller error")
  func lowerBound() {
    for k in 1...3 {
      let target = Sawtooth(folds: k)
      let n = target.pieces
      let x = Tensor.linear(from: 0, to: 1, count: 8 * n + 1, scalarType: .double)
      let values = Tensor(x.scalars.map { target.function($0) }, scalarType: .double)
      let least =
        (0..<(1 << (n - 1))).map { choice -> Double in
          let hidden = (1..<n).map { i in
            relu((choice >> (i - 1) & 1 == 1 ? -1 : 1) * (x - Double(i) / Double(n)))
          }
          let h = Tensor.stacked([Tensor.ones([x.count], scalarType: .double)] + hidden, axis: 1)
          let fit = matmul(h, LinearAlgebra.leastSquares(h, values))
          return (fit - values).abs().max().item
        }.min() ?? 0
      // The least squares have the errors 0.60, 0.22 and 0.08.
      #expect(least > NearSawtooth.best(target).error && least < 2 * NearSawtooth.best(target).error)
    }
  }
}

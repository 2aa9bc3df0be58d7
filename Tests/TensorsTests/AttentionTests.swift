import Checking
import Foundation
import Tensors
import Testing

extension Operation {
  static let attention = [
    Operation("attention", [[3, 2], [4, 2], [4, 3]]) { scaledDotProductAttention($0[0], $0[1], $0[2]) },
    Operation("attention, causal, of heads", [[2, 2, 3, 1], [2, 2, 3, 1], [2, 2, 3, 2]]) {
      scaledDotProductAttention($0[0], $0[1], $0[2], isCausal: true)
    },
    Operation("attention with a mask that is differentiated", [[2, 2, 1], [2, 3, 1], [2, 3, 2], [2, 3]]) {
      scaledDotProductAttention($0[0], $0[1], $0[2], mask: $0[3])
    },
    Operation("attention with a query that sees nothing", [[3, 1], [2, 1], [2, 2]]) {
      let mask = Tensor([[0, -.infinity], [-.infinity, -.infinity], [1, 2]], scalarType: .double)
      return scaledDotProductAttention($0[0], $0[1], $0[2], mask: mask)
    },
  ]
}

extension Mistake {
  static let attention = [
    Mistake("cannot attend with queries [3×2], keys [4×3] and values [4×2]: [… n×d], [… m×d] and [… m×e] are needed") {
      scaledDotProductAttention(.zeros([3, 2]), .zeros([4, 3]), .zeros([4, 2]))
    },
    Mistake("cannot attend with queries [2×3×2], keys [3×2] and values [3×2]: [… n×d], [… m×d]") {
      scaledDotProductAttention(.zeros([2, 3, 2]), .zeros([3, 2]), .zeros([3, 2]))
    },
    Mistake("cannot attend with queries [3×2], keys [3×2] and values [4×2]: [… n×d], [… m×d]") {
      scaledDotProductAttention(.zeros([3, 2]), .zeros([3, 2]), .zeros([4, 2]))
    },
    Mistake("cannot broadcast [2×2] and [3×4]") {
      scaledDotProductAttention(.zeros([3, 2]), .zeros([4, 2]), .zeros([4, 2]), mask: .zeros([2, 2]))
    },
    Mistake("cannot attend with a float tensor and a double tensor: convert one with converted(to:)") {
      scaledDotProductAttention(.zeros([3, 2]), .zeros([4, 2]), .zeros([4, 2], scalarType: .double))
    },
  ]
}

@Suite("Attention")
struct AttentionTests {
  /// Attention by its definition, for masks that leave every query a key.
  private func plain(_ q: Tensor, _ k: Tensor, _ v: Tensor, _ mask: Tensor) -> Tensor {
    let scores = matmul(q, k.transposed) / Double(q.shape[-1]).squareRoot() + mask
    return matmul((scores - scores.logSumExp(axes: [-1], keepsAxes: true)).exp(), v)
  }

  /// −∞ above the diagonal through the last element.
  private func causalMask(_ n: Int, _ m: Int) -> Tensor {
    let sees = Tensor.lowerTriangle(n, m, diagonal: m - n, scalarType: .double)
    return select(sees, Tensor(0, scalarType: .double), Tensor(-.infinity, scalarType: .double))
  }

  private func sample(_ shape: Shape, _ offset: Int) -> Tensor { spread(shape, offset: offset) }

  @Test("value and derivatives are those of the products and the softmax", arguments: [false, true], [false, true])
  func agrees(isCausal: Bool, isMasked: Bool) {
    for (batch, n, m, d, e) in [([], 3, 5, 2, 3), ([2], 33, 34, 5, 17), ([2, 3], 9, 9, 4, 4), ([1], 70, 150, 3, 35)] {
      let inputs = [
        3 * sample(Shape(batch + [n, d]), 1), 3 * sample(Shape(batch + [m, d]), 2), sample(Shape(batch + [m, e]), 3),
      ]
      let mask = isMasked ? sample([n, m], 4) : nil
      let whole =
        (mask ?? Tensor.zeros([n, m], scalarType: .double))
        + (isCausal ? causalMask(n, m) : Tensor(0, scalarType: .double))
      let (value, pullback) = valueWithPullback(at: inputs) {
        scaledDotProductAttention($0[0], $0[1], $0[2], mask: mask, isCausal: isCausal)
      }
      let (expected, expectedPullback) = valueWithPullback(at: inputs) { plain($0[0], $0[1], $0[2], whole) }
      let g = sample(value.shape, 9)
      expectClose(value, expected, tolerance: 1e-13, scale: 1)
      for (gradient, expected) in zip(pullback(g), expectedPullback(g)) {
        expectClose(gradient, expected, tolerance: 1e-12, scale: 1)
      }
    }
  }

  @Test(
    "∂v are the weights of the forward pass, however large the scores", arguments: [ScalarType.float, .double],
    [0, -1e7, -1e9, -1e16, 1e9, 1e16])
  func largeScores(type: ScalarType, shift: Double) {
    let tolerance = type == .float ? 1e-6 : 1e-14
    let (q, k, v) = (Tensor([[1]]), Tensor([[1], [2]]), Tensor([[3], [5]]))
    let mask = Tensor([[shift, shift]], scalarType: type)
    let inputs = [q, k, v].map { $0.converted(to: type) }
    // The weights by hand, from the scores 1 and 2 after adding the mask and rounding.
    let scores = (Tensor([[1, 2]], scalarType: type) + mask).scalars
    let share = 1 / (1 + Foundation.exp(scores[0] - scores[1]))
    let weights = Tensor([[1 - share], [share]], scalarType: type)
    func f(_ x: [Tensor]) -> Tensor { scaledDotProductAttention(x[0], x[1], x[2], mask: mask).sum() }
    expectClose(f(inputs), Tensor(3 + 2 * share, scalarType: type), tolerance: tolerance)
    let first = gradient(at: inputs, of: f)
    expectClose(first[2], weights, tolerance: tolerance)
    // Inside another gradient call the definition is differentiated: first and second order know the same weights.
    var byDefinition = inputs
    let second = gradient(at: inputs) { x in
      let inner = gradient(at: x, of: f)
      byDefinition = inner.map(\.stopGradient)
      return inner[1].sum() + inner[0].sum()
    }
    for (kernel, definition) in zip(first, byDefinition) {
      expectClose(kernel, definition, tolerance: tolerance, scale: 1)
    }
    #expect(second.allSatisfy { $0.scalars.allSatisfy(\.isFinite) })
  }

  @Test("large scores without a mask pass the weights back", arguments: [ScalarType.float, .double])
  func largeProducts(type: ScalarType) {
    // Scores 10⁸ and 10⁸ + 8: both are numbers of Float, and their weights are e⁻⁸ : 1.
    let inputs = [Tensor([[1]]), Tensor([[1e8], [1e8 + 8]]), Tensor([[3], [5]])].map { $0.converted(to: type) }
    let g = gradient(at: inputs) { scaledDotProductAttention($0[0], $0[1], $0[2]).sum() }
    let share = 1 / (1 + Foundation.exp(-8.0))
    expectClose(
      g[2], Tensor([[1 - share], [share]], scalarType: type), tolerance: type == .float ? 1e-6 : 1e-14, scale: 1)
  }

  @Test("heads are split and joined without a copy")
  func heads() {
    let (n, h, d) = (5, 3, 4)
    func split(_ x: Tensor) -> Tensor { x.reshaped([2, n, h, d]).moved(axis: 2, to: 1) }
    let y = scaledDotProductAttention(
      split(sample([2, n, h * d], 1)), split(sample([2, n, h * d], 2)), split(sample([2, n, h * d], 3)))
    let joined = y.moved(axis: 1, to: 2).reshaped([2, n, h * d])
    #expect(joined.sharesMemory(with: y))
  }

  @Test("a query that sees no key gets zeros, and passes zeros back")
  func seesNothing() {
    let inputs = [sample([3, 2], 1), sample([1, 2], 2), sample([1, 2], 3)]
    // Three causal queries and one key: the first two see nothing.
    let (value, pullback) = valueWithPullback(at: inputs) {
      scaledDotProductAttention($0[0], $0[1], $0[2], isCausal: true)
    }
    #expect(value[0..<2] == Tensor.zeros([2, 2], scalarType: .double) && value[2] == inputs[2][0])
    let gradient = pullback(Tensor.ones([3, 2], scalarType: .double))
    #expect(gradient[0] == Tensor.zeros([3, 2], scalarType: .double))
    #expect(gradient[2] == Tensor.ones([1, 2], scalarType: .double))
    let empty = Tensor.zeros([0, 2], scalarType: .double)
    #expect(scaledDotProductAttention(inputs[0], empty, empty) == Tensor.zeros([3, 2], scalarType: .double))
  }

  @Test("NaN in the cotangent and in the values is passed on")
  func nan() {
    let inputs = (0..<3).map { sample([4, 2], $0) }
    let (_, pullback) = valueWithPullback(at: inputs) { scaledDotProductAttention($0[0], $0[1], $0[2]) }
    let g = pullback(Tensor([0, 0, .nan, 0, 0, 0, 0, 0], shape: [4, 2], scalarType: .double))
    #expect(g[0][1].scalars.allSatisfy { $0.isNaN } && g[0][0].scalars.allSatisfy { $0 == 0 })
    #expect(g[1].scalars.allSatisfy { $0.isNaN })
    let y = scaledDotProductAttention(
      inputs[0], inputs[1], select(inputs[2] .== inputs[2], Tensor(.nan, scalarType: .double), inputs[2]))
    #expect(y.scalars.allSatisfy { $0.isNaN })
  }
}

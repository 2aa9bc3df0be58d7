import Backprop
import Checking
import RNN
import Tensors
import Testing

@Suite("§ 5.4 Vanishing and exploding gradients")
struct StateJacobiansTests {
  private func layer(_ matrix: RecurrentMatrix, units: Int = 24, seed: UInt64 = 1) -> VanillaRNN {
    var layer = VanillaRNN(1, units, random: RandomSource(seed: seed)).converted(to: .double)
    layer.weights.recurrent = matrix.matrix(units, scalarType: .double, random: RandomSource(seed: seed + 100))
    return layer
  }
  private func inputs(_ T: Int, size: Double, seed: UInt64 = 7) -> Tensor {
    RandomSource(seed: seed).normal([T, 1], standardDeviation: size, scalarType: .double)
  }
  private func withoutBias(_ layer: VanillaRNN) -> VanillaRNN {
    var layer = layer
    layer.weights.inputBias = 0 * layer.weights.inputBias
    layer.weights.recurrentBias = 0 * layer.weights.recurrentBias
    return layer
  }

  /// The largest difference between closed and recorded Jacobians of all steps.
  private func gap<Layer: JacobianLayer>(_ layer: Layer, hasCell: Bool) -> Double {
    let (layer, x, H) = (layer.converted(to: .double), spread([4, 2]), layer.outputs)
    let (states, closed) = layer.stepJacobians(x)
    return (1..<4).map { t in
      let old = states[t - 1]
      let s = Tensor.concatenated([old.hidden[0]] + (hasCell ? [old.cell?[0]].compactMap { $0 } : []), axis: 0)
      let recorded = jacobian(at: s) { s in
        let (h, c) = (s[0..<H].expanded(axis: 0), hasCell ? s[H..<2 * H].expanded(axis: 0) : nil)
        let new = layer(x[t..<t + 1].expanded(axis: 0), initial: RecurrentState(hidden: h, cell: c)).final
        return Tensor.concatenated([new.hidden[0]] + [new.cell?[0]].compactMap { $0 }, axis: 0)
      }
      return (closed[t] - recorded).abs().max().item
    }.max() ?? 1
  }

  @Test("§ 5.3.1, § 5.5.3, § 5.6: the Jacobians in closed form are those by differentiation, for RNN, LSTM and GRU")
  func closedForms() {
    let random = RandomSource(seed: 1)
    #expect(gap(VanillaRNN(2, 5, random: random), hasCell: false) < 1e-15)
    #expect(gap(LongShortTermMemory(2, 5, random: random), hasCell: true) < 1e-15)
    #expect(gap(GatedRecurrentUnit(2, 5, random: random), hasCell: false) < 1e-15)
  }

  @Test("Theorem 5.4, (5.7): the norm never exceeds (σ_max γ)^(T−k), whatever weights and inputs are")
  func bound() {
    let matrices: [RecurrentMatrix] = [.uniform, .gaussian(1.5), .orthogonal(0.9), .orthogonal(1.5), .identity(1.1)]
    for (seed, matrix) in matrices.enumerated() {
      for size in [0, 0.1, 1] {
        let bound = JacobianBound(layer(matrix, seed: UInt64(seed)), along: inputs(40, size: size), every: 5)
        #expect(bound.largestRatio <= 1 + 1e-12)
        #expect(zip(bound.norms.norms, bound.bounds(slope: 1)).allSatisfy { $0 <= $1 * (1 + 1e-12) })
      }
    }
  }

  @Test("Theorem 5.4, (5.7): with zero states and W = s Q the bound is the norm")
  func equality() {
    for s in [0.9, 1, 1.1, 1.5] {
      let bound = JacobianBound(withoutBias(layer(.orthogonal(s))), along: inputs(30, size: 0), every: 10)
      #expect(bound.largestSlope == 1)
      for (norm, limit) in zip(bound.norms.norms, bound.bounds()) { #expect(abs(norm / limit - 1) < 1e-12) }
    }
  }

  @Test("Theorem 5.4: if σ_max γ < 1 the norm decays at least as fast as (σ_max γ)^(t−k); 0.9¹⁰⁰ = 2.656e-5")
  func decay() {
    let norms = JacobianBound(withoutBias(layer(.orthogonal(0.9))), along: inputs(100, size: 0), every: 100).norms
    #expect(norms.lags == [1, 100])
    #expect(abs(norms.norms[1] - 2.656e-5) < 1e-8)
    let driven = JacobianBound(layer(.orthogonal(0.9)), along: inputs(100, size: 0.5), every: 100)
    #expect(driven.norms.norms[1] < 2.656e-5)
  }

  @Test(
    "Theorem 5.4: σ_max γ > 1 does not make the gradient grow: 1.5 Q vanishes with inputs N(0, 1), where γ is near 1")
  func largeMatricesMayVanish() {
    var layer = withoutBias(layer(.orthogonal(1.5), units: 64))
    layer.weights.input = Tensor.identity(64, scalarType: .double)  // an input of its own for every unit
    let x = RandomSource(seed: 7).normal([100, 64], scalarType: .double)
    let bound = JacobianBound(layer, along: x, every: 100)
    #expect(bound.largestSingularValue * bound.largestSlope > 1.4)
    #expect(bound.bounds()[1] > 1e14)
    #expect(bound.norms.norms[1] < 1)
  }

  @Test("Theorem 5.4: with a nilpotent W_hh and σ_max = 5 the gradient is exactly 0 after four steps")
  func nilpotent() {
    var nilpotent = withoutBias(layer(.uniform, units: 4))
    nilpotent.weights.recurrent = Tensor(
      [[0, 5, 0, 0], [0, 0, 5, 0], [0, 0, 0, 5], [0, 0, 0, 0]], scalarType: .double)
    let bound = JacobianBound(nilpotent, along: inputs(6, size: 0.01))
    #expect(abs(bound.largestSingularValue - 5) < 1e-12)
    #expect(bound.norms.norms[2] > 100)
    #expect(bound.norms.norms[3...].allSatisfy { $0 == 0 })
  }

  @Test("(5.7): the bound needs the spectral norm: the Frobenius norm of the identity of 64 rows is 8")
  func frobenius() {
    let I = Tensor.identity(64, scalarType: .double)
    #expect(I.norm().item == 8)
    #expect(spectralNorm(I) == 1)
    let J = LagNorms([Tensor](repeating: I, count: 3))
    #expect(J.norms == [1, 1, 1])
  }

  @Test(
    "§ 5.4.1: the size of the inputs matters: Q keeps the gradient for small ones and loses it for large"
  )
  func inputSize() {
    let layer = withoutBias(layer(.orthogonal(1), units: 64))
    let norms = [0, 0.01, 0.1, 1].map { JacobianBound(layer, along: inputs(100, size: $0), every: 100).norms.norms[1] }
    #expect(abs(norms[0] - 1) < 1e-12)
    #expect(norms[1] > 0.7)
    #expect(norms.sorted(by: >) == norms)
    #expect(norms[3] < 0.1)
  }

  @Test("the spectral radius is that of the eigenvalues: of a diagonal, a rotation, a triangle and a nilpotent matrix")
  func radius() {
    func matrix(_ rows: [[Double]]) -> Tensor { Tensor(rows, scalarType: .double) }
    #expect(abs(spectralRadius(matrix([[0.5, 0], [0, -2]])) - 2) < 1e-7)
    #expect(abs(spectralRadius(matrix([[0.6, -0.8], [0.8, 0.6]])) - 1) < 1e-7)
    #expect(abs(spectralRadius(matrix([[0.9, 100], [0, 0.9]])) - 0.9) < 1e-6)
    #expect(spectralRadius(matrix([[1, -1], [1, -1]])) == 0)
  }

  @Test("powers of a Gaussian matrix with spectral radius 0.95 grow before they vanish")
  func powers() {
    let A = RandomSource(seed: 1).normal([100, 100], scalarType: .double)
    let B = 0.95 / spectralRadius(A) * A
    #expect(abs(spectralRadius(B) - 0.95) < 1e-7)
    let norms = LagNorms([Tensor](repeating: B, count: 200), every: 2)
    #expect(norms.norms[0] > 1.4)
    #expect((norms.norms.max() ?? 0) > norms.norms[0])
    #expect((norms.norms.last ?? 1) < 0.01)
  }

  @Test("a spectral radius of 0 does not make a network forget: the factors tanh′ change the product")
  func radiusDecidesNothing() {
    let W = 2 * Tensor([[1, -1], [1, -1]], scalarType: .double)
    #expect(spectralRadius(W) == 0)
    let saturated = Tensor([[1, 0], [0, 1e-9]], scalarType: .double)  // tanh′ of the second unit is almost 0
    let norms = LagNorms([Tensor](repeating: matmul(saturated, W), count: 30))
    #expect((norms.norms.last ?? 0) > 1e9)
    #expect(spectralNorm(matmul(W, W)) == 0)
  }
}

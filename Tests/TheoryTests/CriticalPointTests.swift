import Backprop
import Tensors
import Testing
import Theory
import ch11

@Suite("§ 11.8.1 Saddle points and minima")
struct CriticalPointTests {
  @Test(
    "Proposition 11.19: with independent signs a critical point is a minimum with probability 2⁻ᵈ", arguments: 1...5)
  func independentSigns(d: Int) {
    let p = RandomHessian.independentSigns.minimumProbability(dimension: d) ?? 0
    let share = RandomHessian.independentSigns.minimumShare(
      dimension: d, draws: 40_000, random: RandomSource(seed: UInt64(d)))
    #expect(abs(share - p) < 4 * (p * (1 - p) / 40_000).squareRoot())
  }

  @Test(
    "Proposition 11.19: eigenvalues of symmetric Gaussian matrices repel: (2 − √2)/4 and (π − 2√2)/(4π), not ¼ and ⅛",
    arguments: [1, 2, 3])
  func gaussian(d: Int) throws {
    let p = try #require(RandomHessian.gaussianOrthogonal.minimumProbability(dimension: d))
    let share = RandomHessian.gaussianOrthogonal.minimumShare(
      dimension: d, draws: 40_000, random: RandomSource(seed: 10 + UInt64(d)))
    #expect(abs(share - p) < 4 * (p * (1 - p) / 40_000).squareRoot())
    #expect(d == 1 || share < 0.65 * (RandomHessian.independentSigns.minimumProbability(dimension: d) ?? 0))
  }

  @Test("Proposition 11.19: in 4 and 5 dimensions the shares are about 0.0026 and 0.0001, far below 2⁻ᵈ")
  func rare() {
    func share(_ d: Int, _ draws: Int) -> Double {
      RandomHessian.gaussianOrthogonal.minimumShare(dimension: d, draws: draws, random: RandomSource(seed: 20))
    }
    let (four, five) = (share(4, 60_000), share(5, 60_000))
    #expect(abs(four - 0.0025) < 0.0007 && five > 0 && five < 0.0003, "\(four), \(five)")
  }

  @Test("Proposition 11.19: the pivots find the positive definite matrices that eigenvalues find")
  func pivots() {
    // One matrix at a time from the same source, judged by its eigenvalues.
    let (draws, random) = (RandomSource(seed: 30), RandomSource(seed: 30))
    for _ in 0..<200 {
      let G = draws.normal([1, 2, 2], scalarType: .double)[0]
      let values = LinearAlgebra.symmetricEigen((G + G.transposed) / 2.0.squareRoot()).values
      let share = RandomHessian.gaussianOrthogonal.minimumShare(dimension: 2, draws: 1, random: random)
      #expect(share == (values.min().item > 0 ? 1 : 0))
    }
  }

  @Test("§ 11.8.1: plain descent stays on the saddle for ever, with noise of 10⁻³ at least 99 of 100 runs end at ±√2")
  func noise() {
    func ends(_ noise: Double) -> Tensor {
      noisyDescent(
        on: .saddle, from: [0, 0], learningRate: 0.05, noise: noise, steps: 400, runs: 100,
        random: RandomSource(seed: 40))
    }
    #expect(ends(0).abs().max().item == 0)
    let found = ends(1e-3)
    #expect(escaped(found) >= 0.99)
    let up = (found.sliced(1..<2, axis: 1) .> 0).sum().item
    #expect(up > 20 && up < 80)
  }
}

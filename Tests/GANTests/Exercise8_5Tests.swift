import Checking
import Figures
import GAN
import Tensors
import Testing
import ch08

@Suite("§ 8.11  Exercise 8.5: the dynamics of two players")
struct Exercise8_5Tests {
  private let random = RandomSource(seed: 12)

  @Test("Exercise 8.5: eigenvalues of small matrices: known ones, sum and product, conjugate pairs, symmetric matrices")
  func eigenvalueSolver() throws {
    expectEigenvalues([[0, -1], [1, 0]], [(0, -1), (0, 1)])
    expectEigenvalues([[2]], [(2, 0)])
    expectEigenvalues([[0, 0], [0, 0]], [(0, 0), (0, 0)])
    // A cyclic permutation, which the shifted iteration alone would not change: the cube roots of 1.
    expectEigenvalues(
      [[0, 0, 1], [1, 0, 0], [0, 1, 0]], [(-0.5, -0.75.squareRoot()), (-0.5, 0.75.squareRoot()), (1, 0)])
    // The companion matrix of (x − 1)(x − 2)(x² + 2x + 5).
    expectEigenvalues(
      [[1, -1, 11, -10], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], [(-1, -2), (-1, 2), (1, 0), (2, 0)], 1e-12)
    for n in [3, 5, 8] {
      let A = random.normal([n, n], scalarType: .double)
      let λ = eigenvalues(A)
      #expect(abs(λ.reduce(0) { $0 + $1.real } - (A * .identity(n, scalarType: .double)).sum().item) < 1e-12)
      #expect(abs(λ.reduce(0) { $0 + $1.imaginary }) < 1e-12)
      let product = λ.reduce(ComplexNumber(1)) { $0 * $1 }
      #expect(abs(product.real - LinearAlgebra.determinant(A)) < 1e-11 * (1 + product.magnitude))
      for z in λ where z.imaginary > 1e-9 {
        #expect(λ.contains { ($0 - z.conjugate).magnitude < 1e-11 })
      }
      let S = A + A.transposed
      let symmetric = LinearAlgebra.symmetricEigen(S).values.scalars
      #expect(zip(eigenvalues(S), symmetric).allSatisfy { abs($0.real - $1) < 1e-11 && abs($0.imaginary) < 1e-11 })
    }
  }

  @Test("Exercise 8.5.1: the field of descent and ascent is not conservative; if both descend V, as printed, it is")
  func conservative() {
    for game in [Game.dirac(), .gaussian(), .gaussianCritic()] {
      let s = Tensor(game.solution, scalarType: .double)
      let other = s + 0.2 * spread(s.shape)
      let gap = game.variables.count == 2 ? 1.0 : game.name.contains("WGAN") ? 4 : 2
      #expect(abs(game.asymmetry(at: s) - gap) < 1e-10)
      #expect(game.asymmetry(at: other) > 0.1)
      #expect(game.asymmetry(at: s, rule: .descent) < 1e-12 && game.asymmetry(at: other, rule: .descent) < 1e-12)
    }
    // The work on a closed path: that of the field (ψ, −θ)/2 around a small circle is −π r², that of −∇V is 0.
    let game = Game.dirac()
    let work = game.circulation(around: [0, 0], radius: 0.01, variables: 0, 1)
    #expect(abs(work / (-Double.pi * 1e-4) - 1) < 1e-3)
    #expect(abs(game.circulation(around: [0.3, 0.5], radius: 0.4, variables: 0, 1, rule: .descent)) < 1e-12)
  }

  @Test("Exercise 8.5.2: the solution attracts: eigenvalues −1, −½ ± ½i, −¼ ± 0.433i, and paths arrive at (0, 1)")
  func attracts() {
    let game = Game.gaussian()
    let root = 3.0.squareRoot() / 4
    expectEigenvalues(
      game.eigenvaluesAtSolution, [(-1, 0), (-0.5, -0.5), (-0.5, 0.5), (-0.25, -root), (-0.25, root)], 1e-10)
    for (rate, steps) in [(0.5, 400), (0.1, 1_600)] {
      let path = game.path(from: [0.5, 0.7, 0, 0, 0], rate: rate, steps: steps, every: steps)
      #expect(game.distances(path)[1] < 1e-14)
    }
  }

  @Test("Exercise 8.5.2: the table shows where a path ends, and says that it overflows instead of showing its start")
  func arrivals() {
    let start = [0.5, 0.7, 0, 0, 0]
    func row(_ game: Game, rate: Double, steps: Int) -> [String] {
      let end = arrival(of: game, from: start, rate: rate, steps: steps)
      return cells(of: Table("", columns: ["μ", "σ", "distance"], rows: [end]))[0]
    }
    let end = row(.gaussian(), rate: 0.1, steps: 1_600).compactMap(Double.init)
    #expect(end.count == 3 && abs(end[0]) < 1e-14 && abs(end[1] - 1) < 1e-14 && end[2] < 1e-13, "\(end)")
    let wild = Game.gaussianCritic()
    #expect(wild.path(from: start, rate: 5, steps: 200, every: 200).count == 1)
    #expect(row(wild, rate: 5, steps: 200) == ["overflows", "–", "–"])
  }

  @Test("Exercise 8.5.2: it does not attract without c (an eigenvalue 0), for the WGAN (±2i, ±i, 0), for a point (±½i)")
  func neutral() {
    let linear = Game.gaussian(isLinear: true).eigenvaluesAtSolution
    #expect(linear.count { $0.magnitude < 1e-10 } == 1 && linear.allSatisfy { $0.real < 1e-10 })
    expectEigenvalues(Game.gaussianCritic().eigenvaluesAtSolution, [(0, -2), (0, -1), (0, 0), (0, 1), (0, 2)], 1e-10)
    expectEigenvalues(Game.dirac().eigenvaluesAtSolution, [(0, -0.5), (0, 0.5)], 1e-10)
  }

  @Test("Exercise 8.5: a simultaneous step multiplies the Dirac-GAN's radius by √(1 + η²/4); alternating steps circle")
  func radius() {
    let game = Game.dirac()
    for η in [0.1, 0.5, 1] {
      let path = game.path(from: [1e-4, 0], rate: η, steps: 20)
      let radii = game.distances(path)
      for (r, next) in zip(radii, radii.dropFirst()) {
        #expect(abs(next / r - (1 + η * η / 4).squareRoot()) < 1e-6)
      }
      let circle = game.distances(game.path(from: [1e-4, 0], rate: η, steps: 400, order: .alternating))
      #expect((circle.max() ?? 1) < 1.5e-4 && (circle.min() ?? 0) > 0.6e-4)
    }
  }

  @Test("Exercise 8.5: R1 moves the eigenvalues left: −γ/2 ± √(γ² − 1)/2 for a point, and the WGAN's pairs too")
  func regularized() {
    for γ in [0.2, 0.5] {
      let root = (1 - γ * γ).squareRoot() / 2
      expectEigenvalues(
        Game.dirac(realPenalty: γ).eigenvaluesAtSolution, [(-γ / 2, -root), (-γ / 2, root)], 1e-10)
      let critic = Game.gaussianCritic(realPenalty: γ).eigenvaluesAtSolution
      let (b, c) = ((1 - γ * γ / 4).squareRoot(), 2 * (1 - γ * γ).squareRoot())
      expectEigenvalues(critic, [(-2 * γ, -c), (-2 * γ, c), (-γ / 2, -b), (-γ / 2, b), (0, 0)], 1e-10)
    }
    let game = Game.dirac(realPenalty: 0.5)
    #expect((game.distances(game.path(from: [1, 1], rate: 0.2, steps: 1_000)).last ?? 1) < 1e-14)
    let wgan = Game.gaussianCritic(realPenalty: 0.5)
    let end = wgan.path(from: [0.5, 0.7, 0, 0, 0], rate: 0.05, steps: 4_000).last ?? []
    #expect(abs(end[0]) < 1e-9 && abs(end[1] - 1) < 1e-9)
  }

  @Test(
    "Exercise 8.5, (8.16): a penalty around slope 1 does not bring a point to the data: it circles or rests 2λ away")
  func slopeOne() {
    let weak = Game.diracCritic(gradientPenalty: 0.25)
    let late = weak.distances(Array(weak.path(from: [0.5, 0.5], rate: 0.02, steps: 6_000).suffix(3_000)))
    #expect((late.min() ?? 0) > 1.2 && (late.max() ?? 9) < 1.6)
    let strong = Game.diracCritic(gradientPenalty: 1)
    for start in [[0.5, 0.5], [0.5, -0.5]] {
      let end = strong.path(from: start, rate: 0.02, steps: 4_000).last ?? []
      #expect(abs(abs(end[0]) - 2) < 1e-6 && abs(end[1]) < 1e-6)
    }
    let plain = Game.diracCritic()
    let radii = plain.distances(plain.path(from: [0.5, 0], rate: 0.1, steps: 100))
    #expect(abs(radii[100] / radii[0] - 1.6446) < 1e-3)  // (1 + η²)^(n/2)
  }
}

private func expectEigenvalues(_ rows: [[Double]], _ known: [(Double, Double)], _ tolerance: Double = 1e-13) {
  expectEigenvalues(eigenvalues(Tensor(rows, scalarType: .double)), known, tolerance)
}

private func expectEigenvalues(_ found: [ComplexNumber], _ known: [(Double, Double)], _ tolerance: Double) {
  #expect(found.count == known.count)
  for (z, w) in zip(found, known) { #expect((z - ComplexNumber(w.0, w.1)).magnitude < tolerance, "\(found)") }
}

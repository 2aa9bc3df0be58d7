import Checking
import Foundation
import GAN
import Tensors
import Testing

@Suite("Exercise 8.2  Two point masses")
struct PointMassesTests {
  @Test("Exercise 8.2.1: JSD is 0 for θ = 0 and log 2 for every other θ, so its slope is 0 there (8.8)")
  func divergence() {
    #expect(jensenShannonOfPointMasses(0) == 0)
    for θ in [-3, -1e-9, 1e-300, 0.5, 7.0] { #expect(abs(jensenShannonOfPointMasses(θ) - log(2)) < 1e-15) }
    #expect(jensenShannonOfPointMasses(0.5 + 1e-6) - jensenShannonOfPointMasses(0.5 - 1e-6) == 0)
  }

  @Test("Exercise 8.2.3: with noise of deviation s JSD depends on θ / s, grows with it, and has a slope")
  func smoothed() {
    func J(_ θ: Double, _ s: Double) -> Double { smoothedDivergence(Tensor(θ, scalarType: .double), deviation: s).item }
    for θ in [0.1, 1, 2.5] { #expect(abs(J(θ, 0.5) - J(2 * θ, 1)) < 1e-14 && abs(J(θ, 1) - J(-θ, 1)) < 1e-14) }
    let path = stride(from: 0, through: 6, by: 0.5).map { J($0, 1) }
    #expect(abs(path[0]) < 1e-15 && zip(path, path.dropFirst()).allSatisfy { $0 < $1 })
    #expect(abs(J(1, 1e-3) - log(2)) < 1e-14, "without noise the jump comes back")
    for (θ, s) in [(0.5, 1), (2, 1), (2, 0.5), (-3, 2)] as [(Double, Double)] {
      let slope = gradient(at: Tensor(θ, scalarType: .double)) { smoothedDivergence($0, deviation: s) }.item
      #expect(abs(slope - (J(θ + 1e-4, s) - J(θ - 1e-4, s)) / 2e-4) < 1e-7)
      #expect(slope * θ > 0 && abs(slope) > 1e-2)
    }
  }

  @Test("Exercise 8.2.3: a distance that is NaN stops with a message")
  func refusal() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = smoothedDivergence(Tensor(.nan, scalarType: .double), deviation: 1)
    }
    expectMessage(result, "cannot take the divergence of point masses at a distance of nan")
  }

  @Test("Exercise 8.2.3: near 0 JSD is θ² / (8 s²) (8.8)")
  func small() {
    for (θ, s) in [(0.01, 1), (0.05, 2)] as [(Double, Double)] {
      let J = smoothedDivergence(Tensor(θ, scalarType: .double), deviation: s).item
      #expect(abs(J / (θ * θ / (8 * s * s)) - 1) < 1e-4)
    }
  }
}

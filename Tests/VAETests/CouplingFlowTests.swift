import Backprop
import Checking
import DataSets
import Tensors
import Testing
import Training
import VAE

@Suite("§ 9.10 A normalizing flow of affine couplings")
struct CouplingFlowTests {
  /// A flow whose networks are not small.
  private func flow(_ D: Int) -> CouplingFlow {
    CouplingFlow(dimension: D, couplings: 4, hidden: [8], random: RandomSource(seed: 2))
      .converted(to: .double).mapParameters { 1.5 * $0 }
  }

  @Test("§ 9.10: the inverse of the flow returns x to 1e-10, in odd dimensions too", arguments: [2, 5])
  func inverse(D: Int) {
    let x = 2 * spread([30, D])
    let flow = flow(D)
    let z = flow(x).z
    #expect((z - x).abs().max().item > 0.1)
    expectClose(flow.inverted(z), x, tolerance: 1e-10, scale: 1)
    let samples = flow.sample(3, using: RandomSource(seed: 3))
    #expect(samples.shape == [3, D] && samples.scalarType == .double)
    for layer in flow.couplings { expectClose(layer.inverted(layer(x).z), x, tolerance: 1e-12, scale: 1) }
  }

  @Test("§ 9.10: the sum of the scales is log |det| of the Jacobian to 1e-10", arguments: [2, 5])
  func determinant(D: Int) {
    let flow = flow(D)
    for n in 0..<4 {
      let x = 2 * spread([D], offset: 40 * n)
      let J = jacobian(at: x) { flow($0.reshaped([1, D])).z.reshaped([D]) }
      let exact = LinearAlgebra.logDeterminant(J).logarithm
      #expect(abs(flow(x.reshaped([1, D])).logDeterminant.item - exact) < 1e-10)
    }
  }

  @Test("§ 9.10: the density integrates to 1 on a grid")
  func mass() {
    let flow = flow(2)
    let (n, half) = (160, 8.0)
    let line = Tensor.linear(from: -half, to: half, count: n, scalarType: .double)
    let grid = Tensor.stacked(
      [line.expanded(axis: 1).broadcast(to: [n, n]), line.broadcast(to: [n, n])], axis: 2
    ).reshaped([n * n, 2])
    let cell = 2 * half / Double(n - 1)
    let mass = flow.logDensity(of: grid).exp().sum().item * cell * cell
    #expect(abs(mass - 1) < 1e-3, "\(mass)")
  }

  @Test("§ 9.10: trained on two moons, the flow's held-out −log p is below that of the best Gaussian")
  func moons() throws {
    let random = RandomSource(seed: 7)
    let points = LabeledPoints.moons(count: 2_000, noise: 0.1, from: random).points
    let held = LabeledPoints.moons(count: 1_000, noise: 0.1, from: random).points
    let start = CouplingFlow(dimension: 2, couplings: 4, hidden: [24], random: random)
    var (flow, adam) = (start, Adam(learningRate: 5e-3))
    train(
      &flow, with: &adam, examples: 2_000, plan: TrainingPlan(epochs: 25, batchSize: 200), random: random
    ) { flow, batch in -flow.logDensity(of: points.gathered(batch)).mean() }
    let (gaussian, _) = try GaussianMixture.fitted(to: points, components: 1, random: random)
    let baseline = -gaussian.logDensity(of: held.converted(to: .double)).mean().item
    let found = -flow.logDensity(of: held).mean().item
    #expect(found < baseline - 0.3, "\(found) against \(baseline)")
    // Samples are where points are: half of them within 0.1 of a held-out point.
    let samples = flow.sample(300, using: random)
    let distances = (samples.expanded(axis: 1) - held).squared().sum(axes: [2]).min(axes: [1])
    #expect(distances.scalars.count { $0 < 0.01 } > 150)
  }
}

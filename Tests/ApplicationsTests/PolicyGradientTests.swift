import Applications
import Checking
import Tensors
import Testing
import Training

@Suite("§ 12.10  Policy gradients")
struct PolicyGradientTests {
  private let θ = RandomSource(seed: 1).normal([3, 2], scalarType: .double)

  @Test("§ 12.10: the policy gradient theorem gives the derivative of the linear solve")
  func theorem() throws {
    let world = randomProcess(RandomSource(seed: 2))
    let exact = try world.policyGradient(at: θ, from: 1)
    for place in 0..<6 {
      let step = 1e-6 * Tensor.oneHot([place], classes: 6, scalarType: .double).reshaped([3, 2])
      let values = try [θ + step, θ - step].map { try world.values(of: softmaxPolicy($0))[1].item }
      #expect(abs((values[0] - values[1]) / 2e-6 - exact.scalars[place]) < 1e-8)
    }
  }

  @Test("§ 12.10: REINFORCE is unbiased with and without a baseline, and the baseline reduces its variance")
  func estimates() throws {
    let grid = Gridworld(side: 3)
    let θ = 0.5 * RandomSource(seed: 3).normal([9, 4], scalarType: .double)
    let (π, s0) = (softmaxPolicy(θ), grid.state(2, 2))
    let exact = try grid.process.policyGradient(at: θ, from: s0)
    let v = try grid.process.values(of: π)
    let (random, episodes) = (RandomSource(seed: 4), 4_000)
    let played = (0..<episodes).map { _ in grid.process.episode(from: s0, under: π, using: random) }
    var variances: [Double] = []
    for baseline in [nil, v] {
      let found = Tensor.stacked(
        played.map { grid.process.estimatedGradient(from: $0, under: π, baseline: baseline) }, axis: 0)
      let errors = (found.variance(axes: [0]) / Double(episodes)).squareRoot()
      let gaps = (found.mean(axes: [0]) - exact).abs()
      #expect((gaps - 4.5 * errors).max().item <= 1e-12, "36 numbers, each within 4.5 standard errors")
      variances.append(found.variance(axes: [0]).sum().item)
    }
    #expect(variances[1] < 0.5 * variances[0], "\(variances)")
  }

  @Test("§ 12.10: discounted visits sum to 1/(1 − γ), and without discount to the mean length of an episode")
  func visits() throws {
    let world = randomProcess(RandomSource(seed: 5))
    #expect(abs(try world.visits(from: 0, under: softmaxPolicy(θ)).sum().item - 10) < 1e-10)
    let grid = Gridworld()
    let d = try grid.process.visits(from: grid.state(3, 3), under: .uniform(states: 25, actions: 4))
    #expect(abs(d.sum().item - 112.0 / 3) < 1e-10, "37.33 moves, each of which costs 1")
    #expect(d[0].item == 0)
  }

  @Test("§ 12.10: REINFORCE with a baseline learns to balance the pole")
  func learns() {
    let run = ReinforceRun(ReinforceSettings(), plan: TrainingPlan(steps: 25), random: RandomSource(seed: 1))
    #expect(run.lengths[0] < 35 && run.greedyLength > 150, "\(run.lengths)")
  }
}

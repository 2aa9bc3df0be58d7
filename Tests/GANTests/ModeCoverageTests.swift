import DataSets
import Foundation
import Foundations
import GAN
import Synchronization
import Tensors
import Testing
import Training

@Suite("§ 8.3.1  Mode collapse")
struct ModeCoverageTests {
  @Test("Definition 8.6: the ring's own points reach 8 of 8 modes, 1 − e^{−4.5} of them at a mode, evenly")
  func ring() {
    let points = GaussianMixture.ring().sample(count: 10_000, from: RandomSource(seed: 1)).points
    let coverage = ModeCoverage(of: points, in: .ring())
    let expected = 1 - exp(-4.5)
    #expect(coverage.recovered() == 8 && coverage.divergence < 0.001)
    // Three standard errors.
    #expect(abs(coverage.share - expected) < 3 * (expected * (1 - expected) / 10_000).squareRoot())
  }

  @Test("§ 8.3.1: the grid's own points reach 25 of 25 modes; without five modes they reach 20, and KL is log(25/20)")
  func grid() {
    let (grid, random) = (GaussianMixture.grid(), RandomSource(seed: 2))
    let all = ModeCoverage(of: grid.sample(count: 10_000, from: random).points, in: grid)
    #expect(all.recovered() == 25 && abs(all.share - 0.98889) < 0.004 && all.divergence < 0.003)
    let some = grid.conditional(on: Set(0..<20))
    let fewer = ModeCoverage(of: some.sample(count: 10_000, from: random).points, in: grid)
    #expect(fewer.recovered() == 20 && abs(fewer.divergence - log(25.0 / 20)) < 0.003)
  }

  @Test("§ 8.3.1: a point counts within three deviations of a mode, and for none beyond; 20 points make a mode")
  func reach() {
    let ring = GaussianMixture.ring()
    let points = Tensor([[2, 0], [2.299, 0], [2.301, 0], [0, 0], [0, -1.71], [0, -1.69]])
    #expect(ModeCoverage.modes(of: points, in: ring) == [0, 0, nil, nil, 6, nil])
    let few = Tensor.concatenated(
      [Tensor([[Double]](repeating: [2, 0], count: 20)), Tensor([[Double]](repeating: [-2, 0], count: 19))], axis: 0)
    let coverage = ModeCoverage(of: few, in: ring)
    #expect(coverage.recovered() == 1 && coverage.recovered(least: 19) == 2 && coverage.share == 1)
    let none = ModeCoverage(of: Tensor([[0, 0.0]]), in: ring)
    #expect(none.share == 0 && none.divergence == .infinity)
    let one = ModeCoverage(of: Tensor([[2, 0.0]]), in: ring)
    #expect(abs(one.divergence - log(8)) < 1e-12)
  }

  @Test(
    "Definition 8.6, small measure: by area the real points do the same, 98.9 % in 6.3 % of a square around the ring")
  func measure() {
    let ring = GaussianMixture.ring()
    let side = (0..<150).map { i -> Double in Double(i) / 25 - 2.98 }  // the square [−3, 3]²
    let places: [[Double]] = side.flatMap { x in side.map { y in [x, y] } }
    let area = ModeCoverage(of: Tensor(places), in: ring).share
    #expect(abs(area - 8 * 0.09 * .pi / 36) < 0.001)
    // By probability, half of the modes are not little, although a generator without the others has collapsed.
    let half = ring.conditional(on: [0, 1, 2, 3]).sample(count: 4_000, from: RandomSource(seed: 5)).points
    let coverage = ModeCoverage(of: half, in: ring)
    #expect(coverage.recovered() == 4 && coverage.share > 0.98 && abs(coverage.divergence - log(2)) < 0.01)
  }

  private func played(_ game: PointGame, rounds: Int, batch: Int, seed: UInt64) -> ModeCoverage {
    let random = RandomSource(seed: seed)
    let plan = TrainingPlan(epochs: 1, batchSize: batch)
    let players = game.trained(points: batch * rounds, plan: plan, random: random).players
    return ModeCoverage(of: players.generator(random.normal([2_000, 2])), in: .ring())
  }

  @Test("§ 8.3.1: with equal steps a small GAN reaches all 8 modes from one seed")
  func equal() {
    let coverage = played(PointGame(.ring()), rounds: 500, batch: 256, seed: 11)
    #expect(coverage.recovered() == 8 && coverage.share > 0.4, "\(coverage)")
  }

  @Test("§ 8.3.1: with five generator steps a round there are 0 or 1 modes, with R1 too", arguments: [0, 1.0])
  func five(realPenalty: Double) {
    for seed in [UInt64(1), 2] {
      var game = PointGame(.ring(), generatorSteps: 5, realPenalty: realPenalty)
      game.width = 64
      let coverage = played(game, rounds: 120, batch: 128, seed: seed)
      #expect(coverage.recovered() <= 1, "\(coverage)")
    }
  }

  @Test("a warning is said once when the labels of the fixed noise become too few, and once when they are back")
  func warning() {
    let said = Mutex([String]())
    let random = RandomSource(seed: 3)
    var watch = CollapseWatch(classes: 8) { line in said.withLock { $0.append(line) } }
    watch.firstEpoch = 3
    var players = Adversaries(
      MLP([1, 1], random: random), against: MLP([1, 1], random: random), recipe: AdversarialRecipe())
    let all = (0..<80).map { Optional($0 % 8) }
    let (half, one): ([Int?], [Int?]) = (all.map { $0.map { $0 % 5 } }, all.map { _ in 3 })
    let looks: [[Int?]] = [one, one, all, half, one, one, half, all, [nil, nil]]
    let metrics = looks.enumerated().map { players.watched(by: watch, labels: $1, epoch: $0 + 1) }
    #expect(
      said.withLock { $0 } == [
        "warning: mode collapse in epoch 5: the samples of the fixed noise have 1 of 8 classes, spread as over 1.0",
        "epoch 8: the samples of the fixed noise have 8 of 8 classes, spread as over 8.0 again",
        "warning: mode collapse in epoch 9: the samples of the fixed noise have 0 of 8 classes, spread as over 0.0",
      ])
    #expect(abs((metrics[2]["label entropy"] ?? 0) - log(8)) < 1e-12 && metrics[4]["label entropy"] == 0)
    #expect(metrics.map { $0["classes"] } == [1, 1, 8, 5, 1, 1, 5, 8, 0])
  }

  @Test("the warning comes during the training, in the epoch in which the collapse is seen")
  func during() {
    let lines = Mutex([(line: String, step: Int)]())
    let step = Mutex(0)
    var game = PointGame(.ring(), generatorSteps: 5)
    game.width = 32
    var plan = TrainingPlan(epochs: 4, batchSize: 64)
    plan.report = { progress in step.withLock { $0 = progress.step } }
    _ = game.trained(points: 640, plan: plan, random: RandomSource(seed: 4)) { line in
      lines.withLock { $0.append((line, step.withLock { $0 })) }
    }
    let (line, place) = lines.withLock { ($0.first?.line ?? "", $0.first?.step ?? 0) }
    #expect(line.hasPrefix("warning: mode collapse in epoch 2: the samples of the fixed noise have "), "\(line)")
    #expect(place == 20)
  }
}

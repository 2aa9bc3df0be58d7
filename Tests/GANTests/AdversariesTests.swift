import Checking
import Files
import Foundation
import Foundations
import GAN
import Regularization
import Running
import Synchronization
import Tensors
import Testing
import Training

/// A layer, a normalization and a layer.
private struct Normalized: Module {
  var layers: [Linear]
  var norm: BatchNormalization
  static var parameters: [PartialKeyPath<Normalized>] { [\.layers, \.norm] }

  init(_ inputs: Int, _ outputs: Int, random: RandomSource) {
    layers = [Linear(inputs, 3, random: random), Linear(3, outputs, random: random)]
    norm = BatchNormalization(features: 3)
  }

  func callAsFunction(_ x: Tensor) -> Tensor { layers[1](norm(layers[0](x), then: .relu)) }
}

/// What a network was called with. A class, because all copies of the network report to it.
private final class Calls: Sendable { let inputs = Mutex([[Double]]()) }

/// A network that reports its inputs.
private struct Observed: Module {
  var network: MLP
  let calls: Calls
  static var parameters: [PartialKeyPath<Observed>] { [\.network] }

  func callAsFunction(_ x: Tensor) -> Tensor {
    calls.inputs.withLock { $0.append(x.scalars) }
    return network(x)
  }
}

@Suite("§ 8.2.1  Two players")
struct AdversariesTests {
  private func players(_ recipe: AdversarialRecipe = AdversarialRecipe()) -> Adversaries<MLP, MLP> {
    let random = RandomSource(seed: 1)
    return Adversaries(MLP([2, 8, 1], random: random), against: MLP([1, 8, 1], random: random), recipe: recipe)
  }

  @Test("Listing 8.7: a round moves both players, and the history has both losses")
  func round() {
    var players = players()
    let (start, random) = (players, RandomSource(seed: 2))
    let history = trainAgainst(
      &players, on: random.normal([32, 1]), noise: [2], plan: TrainingPlan(epochs: 2, batchSize: 4), random: random)
    #expect(history["generator"].count == 2 && history["discriminator"].count == 2)
    #expect(history["generator"].allSatisfy { 0.3 < $0 && $0 < 1.5 })
    #expect((players.generator.flattened - start.generator.flattened).abs().max().item > 1e-4)
    #expect((players.discriminator.flattened - start.discriminator.flattened).abs().max().item > 1e-4)
  }

  @Test(
    "§ 8.9: with n_critic = 3 each of the three steps of D sees other real examples, and G moves once",
    arguments: [(1, 1), (3, 1), (1, 5), (5, 2)])
  func counters(D: Int, G: Int) {
    var recipe = AdversarialRecipe()
    (recipe.discriminatorSteps, recipe.generatorSteps) = (D, G)
    let (random, calls) = (RandomSource(seed: 2), Calls())
    let players = players(recipe)
    var game = Adversaries(
      players.generator, against: Observed(network: players.discriminator, calls: calls), recipe: recipe)
    let real = Tensor.range(100..<132).reshaped([32, 1])  // numbers far from all that G makes
    trainAgainst(&game, on: real, noise: [2], plan: TrainingPlan(epochs: 1, batchSize: 4), random: random)
    let (seen, rounds) = (calls.inputs.withLock { $0 }, 32 / (4 * D))
    let ofReal = seen.filter { $0[0] >= 100 }
    #expect(ofReal.count == rounds * D && seen.count - ofReal.count == rounds * (D + G))
    #expect(Set(ofReal.joined()).count == 4 * rounds * D, "no example is seen twice")
  }

  @Test("Listing 8.7: G's running statistics move twice a round and D's three times, as in PyTorch")
  func statistics() {
    let random = RandomSource(seed: 3)
    var players = Adversaries(
      Normalized(2, 1, random: random), against: Normalized(1, 1, random: random), recipe: AdversarialRecipe()
    )
    let start = players
    let (x, z, z2) = (random.normal([6, 1]), random.normal([6, 2]), random.normal([6, 2]))
    var between = players
    let plan = TrainingPlan(epochs: 1, batchSize: 6)
    train(&players, examples: 6, plan: plan, random: random) { players, step throws(Breakdown) in
      try players.descendDiscriminator(on: x, noise: z, random: random, step: step)
      between = players
      try players.descendGenerator(noise: z2, step: step)
    }
    /// The running mean of the hidden layer of a network after batches.
    func mean(_ network: Normalized, _ batches: [(Normalized, Tensor)]) -> Tensor {
      batches.reduce(network.norm.runningMean) { m, batch in 0.9 * m + 0.1 * batch.0.layers[0](batch.1).mean(axes: [0])
      }
    }
    let (G, D) = (start.generator, start.discriminator)
    func fake(_ G: Normalized, _ z: Tensor) -> Tensor { Mode.training { G(z) } }
    let once = mean(G, [(G, z)])
    #expect(difference(between.generator.norm.runningMean, once) < 1e-6)
    #expect(difference(players.generator.norm.runningMean, mean(G, [(G, z), (G, z2)])) < 1e-6)
    let twice = [(D, x), (D, fake(G, z))]
    #expect(difference(between.discriminator.norm.runningMean, mean(D, twice)) < 1e-6)
    let last = (between.discriminator, fake(G, z2))
    #expect(difference(players.discriminator.norm.runningMean, mean(D, twice + [last])) < 1e-6)
    #expect(difference(players.discriminator.flattened, between.discriminator.flattened) == 0, "D stays in G's step")
    #expect(difference(between.generator.flattened, start.generator.flattened) == 0, "G stays in D's step")
  }

  private func difference(_ a: Tensor, _ b: Tensor) -> Double { (a - b).abs().max().item }

  @Test("a breakdown names the player whose step could not be made")
  func breakdown() throws {
    let random = RandomSource(seed: 4)
    func player(of players: Adversaries<MLP, MLP>) -> String? {
      var players = players
      let plan = TrainingPlan(epochs: 1, batchSize: 4)
      let history = trainAgainst(&players, on: .ones([4, 1]), noise: [1], plan: plan, random: random)
      #expect(history.hasDiverged)
      return history.breakdown?.player
    }
    var recipe = AdversarialRecipe()
    recipe.loss = .wasserstein
    func linear(_ w: Double) -> MLP {
      var network = MLP([1, 1], random: random)
      (network.layers[0].weight, network.layers[0].bias) = (Tensor([[w]]), nil)
      return network
    }
    #expect(player(of: Adversaries(linear(1), against: linear(.infinity), recipe: recipe)) == "discriminator")
    // All losses are finite, but the slope of f(G(z)) with respect to G's first weight is 10³⁰ · 10²⁰.
    var G = MLP([1, 1, 1], activation: .identity, random: random)
    for (l, w) in [(0, 1e-20), (1, 1e20)] {
      (G.layers[l].weight, G.layers[l].bias) = (Tensor([[w]]), nil)
    }
    #expect(player(of: Adversaries(G, against: linear(1e30), recipe: recipe)) == "generator")
  }

  @Test("(8.16): D's loss is that of the game, plus λ times the penalty at x̂, plus γ times R1 at the real examples")
  func lossWithPenalties() {
    var recipe = AdversarialRecipe()
    (recipe.gradientPenalty, recipe.realPenalty) = (2, 3)
    var players = players(recipe)
    let (G, D, random) = (players.generator, players.discriminator, RandomSource(seed: 5))
    let (x, z) = (random.normal([8, 1]), random.normal([8, 2]))
    let history = train(&players, examples: 8, plan: TrainingPlan(epochs: 1, batchSize: 8), random: random) {
      players, step throws(Breakdown) in
      try players.descendDiscriminator(on: x, noise: z, random: RandomSource(seed: 9), step: step)
    }
    let x̂ = interpolated(x, G(z), using: RandomSource(seed: 9))
    let atInterpolates = gradientPenalty(at: x̂) { D($0) }.item
    let atReal = realPenalty(at: x) { D($0) }.item
    let game = recipe.loss.discriminator(real: D(x), fake: D(G(z))).item
    #expect(atInterpolates > 1e-4 && atReal > 1e-4)
    #expect(abs(history["discriminator"][0] - (game + 2 * atInterpolates + 3 * atReal)) < 1e-5)
  }

  @Test("a recipe with a negative penalty or bound stops with a message")
  func refusal() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let random = RandomSource(seed: 1)
      var recipe = AdversarialRecipe()
      recipe.clipping = -0.01
      _ = Adversaries(MLP([1, 1], random: random), against: MLP([1, 1], random: random), recipe: recipe)
    }
    expectMessage(result, "cannot train with λ = 0.0, γ = 0.0 and weights clipped at -0.01")
  }

  @Test("(8.16): the game of WGAN-GP takes both penalties, and (8.15): clipping bounds all weights")
  func penalties() {
    var recipe = AdversarialRecipe.wassersteinWithPenalty
    (recipe.realPenalty, recipe.clipping) = (1, 0.05)
    var players = players(recipe)
    let random = RandomSource(seed: 5)
    let history = trainAgainst(
      &players, on: random.normal([40, 1]), noise: [2], plan: TrainingPlan(epochs: 1, batchSize: 4), random: random)
    #expect(!history.hasDiverged)
    #expect(players.discriminator.flattened.abs().max().item <= 0.05 + 1e-9)
    // Slopes are small now, so the penalty λ E(‖∇f‖ − 1)² is nearly λ.
    #expect(abs((history["discriminator"].last ?? 0) - 10) < 1)
  }

  @Test("a GAN that was killed resumes with the same bits: players, losses, warnings and kept examples")
  func resumed() throws {
    let expected = trace(played())
    try TemporaryFolder.temporary { folder in
      let path = folder.path + "/run"
      let said = Mutex([String]())
      let files = Mutex([(state: Data, said: Int)]())  // with the number of warnings until then
      let whole = try checkpoint(path)
      let first = whole {
        played(
          look: {
            let count = said.withLock { $0.count }
            if let file = try? Data(contentsOf: URL(filePath: path)) { files.withLock { $0.append((file, count)) } }
          }, say: { line in said.withLock { $0.append(line) } })
      }
      #expect(trace(first) == expected)
      let (all, lines) = (files.withLock { $0 }, said.withLock { $0 })
      #expect(Set(all.map { $0.state }).count > 6)
      for file in all {
        try file.state.write(to: URL(filePath: path))
        let resumed = try checkpoint(path)
        let later = Mutex([String]())
        let last = resumed { played(say: { line in later.withLock { $0.append(line) } }) }
        #expect(trace(last) == expected)
        #expect(later.withLock { $0 } == Array(lines.dropFirst(file.said)), "no warning is repeated or lost")
      }
    }
  }

  private func checkpoint(_ path: String) throws -> Checkpoint {
    try Checkpoint(path: path, command: "game", goOn: "again", tell: { _ in }, leastSeconds: 0, largestShare: .infinity)
  }

  /// Four epochs of a game on a ring, with a look after every epoch.
  private func played(
    look: @escaping @Sendable () -> Void = {}, say: @escaping (String) -> Void = { _ in }
  ) -> (Adversaries<MLP, MLP>, History) {
    let random = RandomSource(seed: 6)
    var game = PointGame(.ring(), discriminatorSteps: 2)
    game.width = 8
    var plan = TrainingPlan(epochs: 4, batchSize: 8)
    plan.report = { _ in look() }
    return game.trained(points: 32, plan: plan, random: random, say: say)
  }

  private func trace(_ game: (Adversaries<MLP, MLP>, History)) -> [String] {
    let tensors = game.0.generator.parameters + game.0.discriminator.parameters + game.0.snapshots.frames
    return tensors.map { "\($0.littleEndianBytes.hashValue)" } + ["\(game.0.isCollapsed)"]
      + game.1.epochs.map { "\($0.metrics.mapValues(\.bitPattern).sorted { $0.key < $1.key })" }
  }
}

import Checking
import GAN
import Tensors
import Testing
import Training

@Suite("§ 8.7  Listing 8.7 beside PyTorch")
struct ModelReferenceTests {
  // In single precision gradients in front of three normalizations cancel too far for the tolerance of other layers.
  @Test("§ 8.6, Listing 8.7: outputs, gradients and running statistics of both networks are PyTorch's")
  func passes() throws { try expectAgreement("gan_models", cases, .double) }

  @Test("Listing 8.7: two rounds give PyTorch's losses, gradients, parameters and running statistics to 1e-10")
  func rounds() throws {
    let games = try golden("gan_models", as: Recorded.self).games
    let game = try #require(games["Listing 8.7"])
    let random = RandomSource(seed: 1)
    var players = Adversaries(
      filled(Generator(random: random), game.generatorFilling),
      against: filled(Discriminator(random: random), game.discriminatorFilling), recipe: AdversarialRecipe())
    let inputs = game.inputs.map { $0.made(.double) }
    var plan = TrainingPlan(epochs: 1, batchSize: 4)
    plan.dropsRest = true
    var deviations: [(String, Double)] = []
    let history = train(&players, examples: 8, plan: plan, random: random) { players, step throws(Breakdown) in
      let round = step.number - 1
      let (x, z1, z2) = (inputs[3 * round], inputs[3 * round + 1], inputs[3 * round + 2])
      let (record, D) = (game.rounds[round], players.discriminator)
      let fake = Mode.training { players.generator(z1) }
      let loss = players.recipe.loss
      let slopeD = gradient(at: D) { loss.discriminator(real: $0(x), fake: $0(fake)) }
      try players.descendDiscriminator(
        on: x, random: random, step: step, fake: { G in G(z1) }, judged: { D, x in D(x) })
      let moved = players.discriminator
      let slopeG = gradient(at: players.generator) { loss.generator(fake: moved($0(z2))) }
      try players.descendGenerator(step: step, fake: { G in G(z2) }, judged: { D, x in D(x) })
      for (name, tensors, records) in [
        ("gradient of D", slopeD.parameters, record.discriminatorGradients),
        ("gradient of G", slopeG.parameters, record.generatorGradients),
        ("D", players.discriminator.parameters, record.discriminator),
        ("G", players.generator.parameters, record.generator),
        ("statistics of D", players.discriminator.statistics, record.discriminatorStatistics),
        ("statistics of G", players.generator.statistics, record.generatorStatistics),
      ] {
        #expect(tensors.count == records.count)
        deviations += zip(tensors, records).map { ("round \(step.number), \(name)", $1.deviation(of: $0)) }
      }
    }
    for (player, place) in [("discriminator", 0), ("generator", 1)] {
      let recorded = game.rounds.map { $0.losses[place] }.reduce(0, +) / 2
      #expect(abs(history[player][0] - recorded) < 1e-10, "\(player): \(history[player][0]), \(recorded)")
    }
    let worst = deviations.reduce(("", 0.0)) { $1.1 <= $0.1 ? $0 : $1 }
    #expect(worst.1 <= 1e-10, "\(worst)")
  }

  @Test("Listing 8.7: in a round the statistics of G move twice, and those of D three times, as in PyTorch")
  func observations() throws {
    let game = try #require(try golden("gan_models", as: Recorded.self).games["Listing 8.7"])
    #expect(game.rounds.map(\.observations) == [[2, 3], [4, 6]])  // num_batches_tracked of G and of D
    let random = RandomSource(seed: 1)
    var (G, D) = (Generator(.quarter, random: random), Discriminator(.quarter, random: random))
    for i in G.norms.indices { G.norms[i].runningVariance = .zeros(G.norms[i].runningVariance.shape) }
    for i in D.norms.indices { D.norms[i].runningMean = D.norms[i].runningMean + 1 }
    var recipe = AdversarialRecipe()
    (recipe.generatorRate, recipe.discriminatorRate) = (0, 0)
    var players = Adversaries(G, against: D, recipe: recipe)
    let z = random.normal([8, 100])
    let x = players.generator(z)
    train(&players, examples: 8, plan: TrainingPlan(epochs: 1, batchSize: 8), random: random) {
      players, step throws(Breakdown) in
      try players.descendDiscriminator(on: x, random: random, step: step, fake: { G in G(z) }, judged: { D, x in D(x) })
      try players.descendGenerator(step: step, fake: { G in G(z) }, judged: { D, x in D(x) })
    }
    // Without steps the batch is the same every time: after n observations the old value has the weight 0.9ⁿ.
    var (onceG, onceD) = (G, D)
    onceG.observing { _ = $0(z) }
    let observed = onceG.norms[0].runningVariance * 10
    let share = 1 - (players.generator.norms[0].runningVariance / observed).mean().item
    #expect(abs(share - 0.9 * 0.9) < 1e-5, "\(share)")
    let fake = Mode.training { G(z) }
    onceD.observing { _ = $0(x) }
    onceD.observing { _ = $0(fake) }
    onceD.observing { _ = $0(fake) }
    let difference = players.discriminator.norms[1].runningMean - onceD.norms[1].runningMean
    #expect(difference.abs().max().item < 1e-6, "\(difference.abs().max().item)")
  }

  @Test("§ 8.7, Listing 8.7: BCELoss behind a sigmoid loses its slope below −27.6, the loss on logits keeps it")
  func squashed() throws {
    let record = try #require(try golden("gan_models", as: Recorded.self).losses["squashedLoss"])
    let a = Tensor(record.logits)
    let (loss, slope) = squashedLoss(a)
    let onLogits = gradient(at: a) { AdversarialLoss.nonSaturating.generator(fake: $0) } * Double(a.count)
    for (found, recorded) in [
      (loss, record.squashedLosses), (slope, record.squashedSlopes), ((-a).softplus(), record.losses),
      (onLogits, record.slopes),
    ] {
      for (i, (x, y)) in zip(found.scalars, recorded).enumerated() {
        #expect(abs(x - y) <= 2e-3 * abs(y) + 1e-12, "\(record.logits[i]): \(x), \(y)")
      }
    }
    let place = try #require(record.logits.firstIndex(of: -30))
    #expect(abs(slope.scalars[place] + 0.0936) < 1e-4 && onLogits.scalars[place] == -1)
    #expect(slope.scalars[8] == 0 && loss.scalars[8] == 100 && onLogits.scalars[8] == -1)  // at −90
  }
}

/// What gan_models.py has recorded beside the passes.
private struct Recorded: Decodable {
  struct Filling: Decodable { let parameters, statistics: [TensorRecipe] }
  struct Round: Decodable {
    let losses: [Double], observations: [Int]
    let discriminatorGradients, generatorGradients, discriminator, generator: [RecordedArray]
    let discriminatorStatistics, generatorStatistics: [RecordedArray]
  }
  struct Game: Decodable {
    let inputs: [TensorRecipe], generatorFilling, discriminatorFilling: Filling, rounds: [Round]
  }
  struct Losses: Decodable { let logits, squashedLosses, squashedSlopes, losses, slopes: [Double] }
  let games: [String: Game], losses: [String: Losses]
}

private func filled<M: Model>(_ model: M, _ filling: Recorded.Filling) -> M {
  var (parameters, statistics) = (filling.parameters[...], filling.statistics[...])
  var copy = model.converted(to: .double).mapParameters { _ in parameters.removeFirst().made(.double) }
  copy.forEachStatistic { $0 = statistics.removeFirst().made(.double) }
  return copy
}

private func sizes(_ channels: Int) -> ConvolutionalSizes {
  var sizes = ConvolutionalSizes.quarter
  sizes.channels = channels
  return sizes
}

private let cases: [PassCase] = [
  .layer { Generator(random: $0) }, .layer("evaluation") { Generator(random: $0) },
  .layer("quarter width, 3 channels") { Generator(sizes(3), random: $0) },
  .layer { Discriminator(random: $0) }, .layer("evaluation") { Discriminator(random: $0) },
  .layer("quarter width, 3 channels") { Discriminator(sizes(3), random: $0) },
  .layer("critic") { Discriminator(isNormalized: false, random: $0) },
]

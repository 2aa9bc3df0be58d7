import DataSets
import Figures
import GAN
import Messages
import Running
import Tensors
import Training

/// Exercise 8.3: the DCGAN as a WGAN-GP, on the same images and beside it.
///
/// Exercise 8.3.1: a critic without sigmoid and batch normalization. Exercise 8.3.2: the penalty. Exercise 8.3.3: five
/// steps of the critic in a round. Exercise 8.3.4: losses and samples compared.
public let exercise8_3 = Exercise(
  "8.3", "A WGAN-GP on images", stars: 2, seconds: 60, quick: 3, full: 30_000,
  needs: { DataNeeds(train: $0 == .quick ? 160 : 640, test: 100, size: .exactly(28)) }
) { run in
  run.show(mixingTable(random: run.random.split()), as: "mixing")
  let data = try run.data.fashionMNIST(
    drawn: run.choose(quick: 160, standard: 3_000, full: 60_000), run.choose(quick: 100, standard: 1_000, full: 10_000)
  ).limited(to: run.choose(quick: 160, standard: 3_000, full: .max))
  run.say(data.provenance + "\n")
  let comparison = PenaltyComparison(
    data, measure: run.measure(for: data, count: run.choose(quick: 100, standard: 1_000, full: 5_000)),
    width: run.choose(quick: 4, standard: 8, full: 64),
    rate: run.choose(quick: 1e-3, standard: 1e-3, full: 1e-4),
    plan: run.plan(quick: 2, standard: 20, full: 25, batchSize: run.choose(quick: 16, standard: 32, full: 128)),
    seed: run.options.seed
  ) { run.progress($0) }
  run.show(comparison.stepTable, as: "steps")
  for (played, name) in zip(comparison.all, ["gan", "wgan"]) {
    run.show(
      lossTable(
        played.history, quarters(of: comparison.epochs), title: played.name,
        players: played.isCritic ? ("critic's loss", "−f(G(z))") : ("Loss_D", "Loss_G")), as: name)
  }
  run.show(
    qualityTable(
      "Judged by a network", [("real, training set", comparison.real)] + comparison.all.map { ($0.name, $0.quality) }),
    as: "quality")
  run.show(comparison.rankTable, as: "ranks")
  run.show(comparison.curves, as: "curves")
  run.show(comparison.sheets, as: "images")

  let (gan, wgan) = (comparison.all[0], comparison.all[1])
  run.parameters = wgan.players.generator.parameterCount + wgan.players.discriminator.parameterCount
  run.card("data", data.provenance)
  run.card("steps of D and G, WGAN-GP", "\(wgan.steps.D) and \(wgan.steps.G)")
  run.card("mean slope of the critic", wgan.slope)
  run.card("rank correlation, minus the critic's loss and distance", wgan.ranks.discriminator)
  run.card("rank correlation, minus Loss_D and distance", gan.ranks.discriminator)
  run.card(gan.quality, beside: comparison.real, of: "DCGAN")
  run.card(wgan.quality, beside: comparison.real, of: "WGAN-GP")
}

/// How much the output for one image depends on another image of its batch: max |∂f(x₀)/∂x₁|, with its own max
/// |∂f(x₀)/∂x₀|. Exercise 8.3.2
public func mixing(_ f: Discriminator, _ x: Tensor) -> (other: Double, own: Double) {
  let slopes = gradient(at: x, mode: .training) { f($0)[0].sum() }
  return (slopes[1].abs().max().item, slopes[0].abs().max().item)
}

private func mixingTable(random: RandomSource) -> Table {
  let x = random.uniform([8, 1, 28, 28], in: -1..<1)
  let rows = [("with batch normalization", true), ("without", false)].map { name, isNormalized in
    (name, mixing(Discriminator(.quarter, isNormalized: isNormalized, random: random.split()), x))
  }
  return Table(
    "What f(x₀) owes to another image of its batch", columns: ["critic", "max |∂f(x₀)/∂x₁|", "max |∂f(x₀)/∂x₀|"],
    rows: rows.map { [.text($0), .text(scientific($1.other)), .text(scientific($1.own))] })
}

/// A training of the comparison, measured after every epoch.
public struct PlayedImageGame {
  /// DCGAN or WGAN-GP.
  public let name: String
  /// The players, and the history with "Fréchet distance" and "slope", the mean ‖∇f(x̂)‖.
  public let players: Adversaries<Generator, Discriminator>, history: History
  /// The measures after the last epoch.
  public let quality: SampleQuality
  /// The steps of both players.
  public let steps: (D: Int, G: Int)
  /// Whether it is a WGAN-GP.
  public var isCritic: Bool { players.recipe.loss == .wasserstein }
  /// The mean slope of D at the end.
  public var slope: Double { history["slope"].last ?? .nan }
  /// How each loss goes with the Fréchet distance over the epochs: rank correlations of −Loss_D and of Loss_G.
  public var ranks: (discriminator: Double, generator: Double) {
    let distances = history["Fréchet distance"]
    if distances.count < 2 { return (.nan, .nan) }
    return (
      rankCorrelation(history["discriminator"].map { -$0 }, distances),
      rankCorrelation(history["generator"], distances)
    )
  }
}

/// A DCGAN and a WGAN-GP with the same sizes on the same images. Exercise 8.3
public struct PenaltyComparison {
  /// Both, the DCGAN first.
  public let all: [PlayedImageGame]
  /// What the judge says of real images.
  public let real: SampleQuality
  /// The epochs of each training.
  public let epochs: Int

  /// Trains both for equally many epochs: they see the same images, and D makes as many steps in both.
  public init(
    _ data: ImageClassification, measure: QualityMeasure, width: Int, rate: Double = 1e-4, plan: TrainingPlan,
    seed: UInt64,
    progress: (_ label: String) -> (@Sendable (TrainingProgress) -> Void)? = { _ in nil }
  ) {
    var sizes = ConvolutionalSizes()
    (sizes.generator, sizes.discriminator) = (width, width)
    let looks = quarters(of: plan.epochs)
    var critic = ImageGame.wassersteinWithPenalty(sizes)
    (critic.recipe.generatorRate, critic.recipe.discriminatorRate) = (rate, rate)
    all = [("DCGAN", ImageGame(sizes)), ("WGAN-GP", critic)].map { name, game in
      let random = RandomSource(seed: seed)
      let noise = random.split().normal([measure.real.count, sizes.latent])
      let (x, ε) = (signedPixels(data.train.images[0..<64]), random.split())
      var plan = plan
      plan.report = progress(name)
      let (players, history) = game.trained(on: data.train.images, plan: plan, random: random.split()) {
        players, epoch in
        let images = players.generator.images(noise)
        players.snapshots.frames = [images[0..<25]]
        let x̂ = interpolated(x, signedPixels(images[0..<64]), using: ε)
        let D = players.discriminator
        let slope = Mode.evaluation { gradientNorms(x̂) { D($0) }.mean().item }
        let quality = looks.contains(epoch.number) ? metrics(of: measure(images)) : [:]
        return quality.merging(["Fréchet distance": measure.distance(of: images), "slope": slope]) { $1 }
      }
      let n = players.recipe.discriminatorSteps
      let rounds = plan.epochs * (data.train.count / (n * plan.batchSize))
      return PlayedImageGame(
        name: name, players: players, history: history, quality: measure(players.generator.images(noise)),
        steps: (n * rounds, rounds))
    }
    (self.real, epochs) = (measure.real, plan.epochs)
  }
}

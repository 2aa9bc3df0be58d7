import Checking
import DataSets
import Foundation
import GAN
import Tensors
import Testing
import Training
import ch08

@Suite("§ 8.7 and § 8.9  DCGANs on images")
struct ImageGameTests {
  @Test("Listing 8.7, Output 8.7: D stays ahead of the equilibrium, Loss_D < 2 ln 2 and Loss_G > ln 2")
  func losses() {
    let set = LabeledImages.drawnClothes(count: 256, from: RandomSource(seed: 3))
    let plan = TrainingPlan(epochs: 4, batchSize: 16)
    let history = ImageGame(narrow(4)).trained(on: set.images, plan: plan, random: RandomSource(seed: 1)).history
    for (d, g) in zip(history["discriminator"], history["generator"]) {
      #expect(d > 0 && d < 2 * log(2) && g > log(2), "\(d), \(g)")
    }
    // A discriminator that cannot tell, D = ½, gives 2 ln 2 and ln 2.
    let unsure = Tensor.zeros([8, 1])
    #expect(abs(AdversarialLoss.nonSaturating.discriminator(real: unsure, fake: unsure).item - 2 * log(2)) < 1e-6)
    #expect(abs(AdversarialLoss.nonSaturating.generator(fake: unsure).item - log(2)) < 1e-6)
    let printed = [(0.5823, 1.8932), (0.4517, 2.1045), (0.6102, 1.3287), (0.6731, 0.9845)]
    #expect(printed.allSatisfy { $0.0 < 2 * log(2) && $0.1 > log(2) })
  }

  @Test("Output 8.7 (erratum): the format of Listing 8.7 puts one space between the parts of a line, not three")
  func line() {
    #expect(
      lossLine(1, of: 25, discriminator: 0.5823, generator: 1.8932) == "Epoch [1/25] Loss_D: 0.5823 Loss_G: 1.8932")
  }

  @Test("Table 8.1, Remark 8.11 (erratum): the row that only raises D's rate is the worst; TTUR halves G's rate too")
  func rates() throws {
    let rows = GANConfiguration.table
    let (base, higher, ttur) = (rows[0], try row("higher D rate"), try row("TTUR"))
    #expect(rows.count == 10 && higher.printed == rows.map(\.printed).max())
    #expect(higher.generatorRate == base.generatorRate && higher.printed > base.printed)
    #expect(ttur.generatorRate == base.generatorRate / 2 && ttur.discriminatorRate == 2 * base.discriminatorRate)
    #expect(ttur.printed < base.printed)
  }

  @Test("Table 8.1 (erratum): the last row changes the loss, both rates, n_critic and batch norm, not n_critic alone")
  func last() throws {
    let (base, wgan) = (GANConfiguration.table[7].game(width: 8), GANConfiguration.table[9].game(width: 8))
    let changes = [
      base.recipe.loss != wgan.recipe.loss, base.recipe.gradientPenalty != wgan.recipe.gradientPenalty,
      base.recipe.generatorRate != wgan.recipe.generatorRate,
      base.recipe.discriminatorRate != wgan.recipe.discriminatorRate,
      base.recipe.discriminatorSteps != wgan.recipe.discriminatorSteps, base.isNormalized != wgan.isNormalized,
    ]
    #expect(changes == [true, true, true, true, true, true])
    let three = try row("n_critic = 3").game(width: 8)
    #expect(three.recipe.loss == base.recipe.loss && three.recipe.generatorRate == base.recipe.generatorRate)
    #expect(three.recipe.discriminatorSteps == 3)
  }

  @Test("§ 8.9: rows one and eight of Table 8.1 are one training; spreads and steps are told")
  func ablation() throws {
    let data = clothes(train: 96, test: 60)
    let measure = QualityMeasure(for: data, count: 40, steps: 4)
    let plan = GANAblationPlan(epochs: 1, width: 4, batch: 16, seeds: 2, judged: 40)
    let table = GANConfiguration.table
    let rows = compareGANs(data.train.images, measure, plan, [table[0], table[1], table[7], table[8]], seed: 1)
    #expect(rows.map(\.generatorSteps) == [6, 6, 6, 2])
    #expect(rows[0].distances == rows[2].distances && rows[0].distances != rows[1].distances)
    #expect(rows[0].qualities.count == 2 && rows[0].spread > 0)
    #expect(abs(rows[0].mean - (rows[0].distances[0] + rows[0].distances[1]) / 2) < 1e-9)
    #expect(rows[0].parameters - rows[1].parameters == (100 - 32) * 16 * 16)
  }

  private func row(_ name: String) throws -> GANConfiguration {
    try #require(GANConfiguration.table.first { $0.name == name })
  }
}

@Suite("Exercise 8.3  WGAN-GP on images")
struct Exercise8_3Tests {
  @Test("Exercise 8.3.1: without a sigmoid the critic's values leave [0, 1], and scale with the last weights")
  func values() {
    let random = RandomSource(seed: 1)
    var critic = Discriminator(.quarter, isNormalized: false, random: random)
    let x = random.uniform([8, 1, 28, 28], in: -1..<1)
    let before = critic(x)
    critic.convolutions[3].weight = 1_000 * critic.convolutions[3].weight
    #expect((critic(x) - 1_000 * before).abs().max().item < 1e-3 * before.abs().max().item * 1_000)
    #expect(critic(x).abs().max().item > 1)
  }

  @Test("Exercise 8.3.2: with batch normalization f(x₀) depends on x₁, so that (8.16) is no penalty for each example")
  func mixes() {
    let (random, sizes) = (RandomSource(seed: 1), ConvolutionalSizes.quarter)
    let x = random.uniform([4, 1, 28, 28], in: -1..<1)
    let normalized = mixing(Discriminator(sizes, random: random), x)
    let bare = mixing(Discriminator(sizes, isNormalized: false, random: random), x)
    #expect(normalized.other > 0.02 * normalized.own && normalized.own > 0, "\(normalized)")
    #expect(bare.other == 0 && bare.own > 0)
    #expect(ImageGame.wassersteinWithPenalty(sizes).players(random: random).discriminator.norms.isEmpty)
  }

  @Test("Exercise 8.3.3: five steps of the critic for each of the generator, each with other real images")
  func steps() throws {
    let images = RandomSource(seed: 1).uniform([60, 1, 28, 28], in: 0..<1)
    let players = ImageGame.wassersteinWithPenalty(narrow(4))
      .trained(on: images, plan: TrainingPlan(epochs: 1, batchSize: 4), random: RandomSource(seed: 2)).players
    #expect(try steps(of: players.discriminatorOptimizer) == 15 && steps(of: players.generatorOptimizer) == 3)
  }

  @Test("Exercise 8.3.4: rank correlations of equal, opposite, tied and unrelated orders")
  func ranks() {
    #expect(rankCorrelation([1, 2, 30], [-5, 0, 0.1]) == 1 && rankCorrelation([1, 2, 3], [9, 4, 1]) == -1)
    #expect(abs(rankCorrelation([1, 2, 3, 4], [1, 2, 2, 3]) - 0.9486832980505138) < 1e-12)
    #expect(abs(rankCorrelation([1, 2, 3, 4], [2, 4, 1, 3])) < 1e-12)
    #expect(rankCorrelation([1, 2], [3, 3]).isNaN)
  }

  @Test(
    "Exercise 8.3.4: minus the critic's loss goes with the Fréchet distance, rank correlation above 0.8, −f(G(z)) not")
  func course() {
    let data = clothes(train: 480, test: 200)
    let judge = ImageJudge.trained(on: data, steps: 60)
    let real = judge.judged(data.test.images).statistics
    var game = ImageGame.wassersteinWithPenalty(narrow(4))
    (game.recipe.generatorRate, game.recipe.discriminatorRate) = (3e-3, 3e-3)
    let z = RandomSource(seed: 5).normal([200, 100])
    let history = game.trained(
      on: data.train.images, plan: TrainingPlan(epochs: 12, batchSize: 16), random: RandomSource(seed: 1)
    ) { players, _ in
      ["distance": frechetDistance(real, judge.judged(players.generator.images(z)).statistics)]
    }.history
    let (losses, distances) = (history["discriminator"].map { -$0 }, history["distance"])
    let correlation = rankCorrelation(Array(losses.dropFirst(2)), Array(distances.dropFirst(2)))
    #expect(correlation > 0.8, "\(correlation): \(losses), \(distances)")
    let generator = rankCorrelation(Array(history["generator"].dropFirst(2)), Array(distances.dropFirst(2)))
    #expect(abs(generator) < 0.6, "\(generator)")
  }

  private func steps(of adam: Adam) throws -> Int {
    struct Count: Decodable { let step: Int }
    return try JSONDecoder().decode(Count.self, from: JSONEncoder().encode(adam)).step
  }
}

@Suite("Exercise 8.4  A conditional DCGAN")
struct Exercise8_4Tests {
  @Test("Exercise 8.4: one-hot behind z in G, a plane in front of D; both outputs depend on the label")
  func networks() {
    let random = RandomSource(seed: 1)
    let players = ConditionalImageGame(.quarter, classes: 10).players(random: random)
    let (G, D) = (players.generator, players.discriminator)
    #expect(G.parameterCount == 129_504 + 10 * 1_024)
    #expect(D.parameterCount == 28_096 + 256 + 10 * 784)  // one more channel, and the embedding
    let z = random.normal([2, 100])
    let x = G.images(z, [3, 3])
    #expect(x.shape == [2, 1, 28, 28] && x.min().item >= 0 && x.max().item <= 1)
    #expect((x - G.images(z, [3, 4]))[0].abs().max().item == 0 && (x - G.images(z, [3, 4]))[1].abs().max().item > 0)
    #expect((D(signedPixels(x), [1, 1]) - D(signedPixels(x), [1, 2]))[1].abs().max().item > 0)
    #expect((x - unsignedPixels(G(z, [3, 3]))).abs().max().item < 1e-6)
  }

  @Test("Exercise 8.4, (8.17): the class asked for is made, of trousers and bags in more than 9 of 10 images")
  func obeys() {
    let players = game.trained(on: set, plan: plan, random: RandomSource(seed: 1)).players
    let found = obedience(of: players.generator)
    #expect(found.share > 0.9, "\(found.counts)")
  }

  @Test("Exercise 8.4: shuffled labels of the real images are not obeyed, shuffled labels of D's fakes do no harm")
  func shuffled() {
    let wrong = LabeledImages(images: set.images, labels: RandomSource(seed: 2).shuffled(set.labels))
    let confused = game.trained(on: wrong, plan: plan, random: RandomSource(seed: 1)).players
    #expect(obedience(of: confused.generator).share < 0.75, "\(obedience(of: confused.generator).counts)")

    let (random, x) = (RandomSource(seed: 1), signedPixels(set.images))
    var players = game.players(random: random.split())
    var plan = plan
    plan.dropsRest = true
    train(&players, examples: set.count, plan: plan, random: random) { players, step throws(Breakdown) in
      let (y, z) = (step.batch.map { set.labels[$0] }, random.normal([16, 100]))
      let other = random.shuffled(y)
      try players.descendDiscriminator(
        on: x.gathered(step.batch), random: random, step: step, fake: { G in G(z, other) },
        judged: { D, x in D(x, y) })
      try players.descendGenerator(step: step, fake: { G in G(z, y) }, judged: { D, x in D(x, y) })
    }
    #expect(obedience(of: players.generator).share > 0.9, "\(obedience(of: players.generator).counts)")
  }

  @Test("Exercise 8.4: counts of the classes seen, their shares, and what a class is mostly taken for")
  func counts() {
    let found = Obedience([0, 0, 0, 1, 1, 2], [0, 1, 1, 1, 1, 0], classes: 3)
    #expect(found.counts == [[1, 2, 0], [0, 2, 0], [1, 0, 0]])
    #expect(found.share == 0.5 && found.shares == [1.0 / 3, 1, 0])
    let real = Obedience([0, 0, 1, 2], [0, 0, 1, 2], classes: 3)
    let rows = cells(of: obedienceTable(["a", "b", "c"], found, real))
    #expect(rows.map { $0[2] }.compactMap(Double.init) == found.shares + [0.5], "\(rows)")
    #expect(rows.map { $0[3] }.compactMap(Double.init) == [1, 1, 1, 1])
    #expect(rows.map { $0[1] } == ["3", "2", "1", "6"] && rows[1].last == "–")
    #expect(found.confusion(0)?.class == 1 && found.confusion(0)?.count == 2 && found.confusion(1) == nil)
  }

  private let plan = TrainingPlan(epochs: 12, batchSize: 16)

  private var game: ConditionalImageGame {
    var recipe = AdversarialRecipe()
    (recipe.generatorRate, recipe.discriminatorRate) = (2e-3, 2e-3)
    return ConditionalImageGame(narrow(4), classes: 2, recipe: recipe)
  }

  /// 400 trousers and bags, classes 0 and 1.
  private static let set: LabeledImages = {
    let all = LabeledImages.drawnClothes(count: 2_000, from: RandomSource(seed: 4))
    let places = all.labels.indices.filter { [1, 8].contains(all.labels[$0]) }
    return LabeledImages(
      images: all.images.gathered(places), labels: places.map { all.labels[$0] == 8 ? 1 : 0 })
  }()

  private func obedience(of G: ConditionalGenerator<Generator>) -> Obedience {
    let asked = (0..<200).map { $0 % 2 }
    let images = G.images(RandomSource(seed: 6).normal([200, 100]), asked)
    return Obedience(asked, nearestMean(images, to: set), classes: 2)
  }

  private var set: LabeledImages { Self.set }

  /// The class whose mean image is nearest.
  private func nearestMean(_ images: Tensor, to set: LabeledImages) -> [Int] {
    let distances = (0..<2).map { k in
      let members = set.images.gathered(set.labels.indices.filter { set.labels[$0] == k })
      return (images - members.mean(axes: [0])).squared().sum(axes: [1, 2, 3]).scalars
    }
    return distances[0].indices.map { distances[0][$0] <= distances[1][$0] ? 0 : 1 }
  }
}

private func narrow(_ width: Int) -> ConvolutionalSizes {
  var sizes = ConvolutionalSizes()
  (sizes.generator, sizes.discriminator) = (width, width)
  return sizes
}

private func clothes(train: Int, test: Int) -> ImageClassification {
  let random = RandomSource(seed: 11)
  return ImageClassification(
    name: "clothes", classNames: (0..<10).map { "class \($0)" },
    train: .drawnClothes(count: train, from: random), test: .drawnClothes(count: test, from: random), origin: "drawn",
    isReal: false)
}

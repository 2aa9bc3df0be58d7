import DataSets
import Figures
import GAN
import Messages
import Running
import Tensors
import Training

/// Listing 8.7: a DCGAN on clothes, with a first round at the printed size, and then a training.
public let listing8_7 = Exercise(
  .listing, "8.7", "A DCGAN on clothes", seconds: 60, quick: 3, full: 3_600,
  needs: { DataNeeds(train: $0 == .quick ? 64 : 640, test: 100, size: .exactly(28)) }
) { run in
  run.say(firstRound(random: RandomSource(seed: run.options.seed)) + "\n")
  run.show(squashedTable(), as: "bceloss")

  let data = try run.data.fashionMNIST(
    drawn: run.choose(quick: 128, standard: 6_000, full: 60_000), run.choose(quick: 100, standard: 1_000, full: 10_000)
  ).limited(to: run.choose(quick: 128, standard: 6_000, full: .max))
  run.say(data.provenance + "\n")
  let count = run.choose(quick: 100, standard: 1_000, full: 5_000)
  let measure = run.measure(for: data, count: count)
  let game = ImageGame(run.choose(quick: .quarter, standard: .quarter, full: ConvolutionalSizes()))
  let plan = run.plan(quick: 2, standard: 16, full: 25, batchSize: run.choose(quick: 32, standard: 64, full: 128))
  let looks = quarters(of: plan.epochs)
  let noise = FixedNoise(latent: game.sizes.latent, judged: count, random: run.random.split())
  var watch = CollapseWatch(classes: data.classNames.count, say: run.say)
  watch.firstEpoch = looks[0]
  let (players, history) = game.trained(on: data.train.images, plan: plan, random: run.random.split()) {
    [watch] players, epoch in
    run.say(lossLine(epoch, of: plan.epochs))
    players.snapshots.frames.append(players.generator.images(noise.shown))
    let labels = measure.judge.judged(players.generator.images(noise.watched)).classes
    let seen = players.watched(by: watch, labels: labels, epoch: epoch.number)
    return looks.contains(epoch.number)
      ? metrics(of: measure(players.generator.images(noise.judged))).merging(seen) { $1 } : seen
  }
  run.say("")
  let quality = measure(players.generator.images(noise.judged))
  run.show(lossTable(history, looks), as: "losses")
  run.show(
    qualityTable("Judged by a network", [("real, training set", measure.real), ("generated", quality)]), as: "quality")
  showFigures(of: players, history, real: data.train.images, batch: plan.batchSize, run)

  run.parameters = players.generator.parameterCount + players.discriminator.parameterCount
  run.card("data", data.provenance)
  run.card(
    "parameters of G and D",
    "\(grouped(players.generator.parameterCount)) and \(grouped(players.discriminator.parameterCount))")
  run.card("rounds", Double(plan.epochs * (data.train.count / plan.batchSize)))
  run.card("Loss_D, last epoch; 2 ln 2 = 1.3863", history["discriminator"].last ?? .nan)
  run.card("Loss_G, last epoch; ln 2 = 0.6931", history["generator"].last ?? .nan)
  run.card(quality, beside: measure.real)
}

import DataSets
import Figures
import GAN
import Messages
import Running
import Tensors
import Training

/// Exercise 8.4: a DCGAN that is asked for a class.
public let exercise8_4 = Exercise(
  "8.4", "Images of the class asked for", stars: 3, seconds: 60, quick: 3, full: 4_000,
  needs: { DataNeeds(train: $0 == .quick ? 64 : 640, test: 100, size: .exactly(28)) }
) { run in
  run.say("A class is asked for by a one-hot vector in G; D sees an embedding of it as a second plane.\n")
  let data = try run.data.fashionMNIST(
    drawn: run.choose(quick: 128, standard: 6_000, full: 60_000), run.choose(quick: 100, standard: 1_000, full: 10_000)
  ).limited(to: run.choose(quick: 128, standard: 6_000, full: .max))
  run.say(data.provenance + "\n")
  let (K, count) = (data.classNames.count, run.choose(quick: 100, standard: 1_000, full: 5_000))
  let measure = run.measure(for: data, count: count)
  let game = ConditionalImageGame(run.choose(quick: .quarter, standard: .quarter, full: .init()), classes: K)
  let plan = run.plan(quick: 2, standard: 14, full: 25, batchSize: run.choose(quick: 32, standard: 64, full: 128))
  let (asked, random) = ((0..<count).map { $0 % K }, run.random.split())
  let (noise, styles) = (random.normal([count, game.sizes.latent]), random.normal([8, game.sizes.latent]))
  let looks = quarters(of: plan.epochs)
  let (players, history) = game.trained(on: data.train, plan: plan, random: run.random.split()) { players, epoch in
    run.say(lossLine(epoch, of: plan.epochs))
    players.snapshots.frames = [stylesByClass(players.generator, styles, classes: K)]
    if !looks.contains(epoch.number) { return [:] }
    let images = players.generator.images(noise, asked)
    let found = Obedience(asked, measure.judge.judged(images).classes, classes: K)
    return metrics(of: measure(images)).merging(["as asked": found.share]) { $1 }
  }
  run.say("")
  let images = players.generator.images(noise, asked)
  let (quality, found) = (measure(images), Obedience(asked, measure.judge.judged(images).classes, classes: K))
  let real = Obedience(data.test.labels, measure.judge.judged(data.test.images).classes, classes: K)
  run.show(lossTable(history, looks), as: "losses")
  run.show(obedienceTable(data.classNames, found, real), as: "classes")
  run.show(
    qualityTable("Judged by a network", [("real, training set", measure.real), ("generated", quality)]), as: "quality")
  if let sheet = players.snapshots.frames.last {
    run.show(
      Panels("Each row asks for a class, each column has its z", columns: 1, [classSheet(data.classNames, sheet)]),
      as: "classes")
  }

  run.parameters = players.generator.parameterCount + players.discriminator.parameterCount
  run.card("data", data.provenance)
  run.card("judged to be the class asked for", found.share)
  run.card("judged to be the class asked for, real images", real.share)
  run.card("least of a class", found.shares.min() ?? .nan)
  run.card(quality, beside: measure.real)
}

/// Which classes a judge sees in images of the classes that were asked for.
public struct Obedience: Sendable {
  /// How often class j was seen where class i was asked for. [K][K]
  public let counts: [[Int]]

  /// The counts for images with these wanted and these seen classes.
  public init(_ asked: [Int], _ seen: [Int], classes K: Int) {
    counts = (0..<K).map { i in
      let places = zip(asked, seen).filter { $0.0 == i }
      return (0..<K).map { j in places.count { $0.1 == j } }
    }
  }

  /// The share of each class that was seen where it was asked for.
  public var shares: [Double] {
    counts.enumerated().map { Double($0.element[$0.offset]) / Double($0.element.reduce(0, +)) }
  }
  /// The share of all images.
  public var share: Double {
    Double(counts.indices.reduce(0) { $0 + counts[$1][$1] }) / Double(counts.joined().reduce(0, +))
  }
  /// The class that is seen most often in place of class i, and how often; nil if there is none. Exercise 8.4
  public func confusion(_ i: Int) -> (class: Int, count: Int)? {
    let others = counts[i].indices.filter { $0 != i && counts[i][$0] > 0 }
    return others.max { counts[i][$0] < counts[i][$1] }.map { ($0, counts[i][$0]) }
  }
}

/// Each latent vector with each class: [K·n×C×28×28], class after class.
func stylesByClass(_ G: ConditionalGenerator<Generator>, _ z: Tensor, classes K: Int) -> Tensor {
  let n = z.shape[0]
  return G.images(
    .concatenated([Tensor](repeating: z, count: K), axis: 0), (0..<K * n).map { $0 / n })
}

/// The share of each class that is seen where it was asked for, beside that in real images.
public func obedienceTable(_ names: [String], _ found: Obedience, _ real: Obedience) -> Table {
  Table(
    "Classes that the judge sees in images of the class asked for",
    columns: ["class", "asked for", "seen", "real images", "taken most often for"],
    rows: names.indices.map { i in
      let confusion = found.confusion(i).map { "\(names[$0.class]), \($0.count)" } ?? "–"
      return [
        .text(names[i]), .integer(found.counts[i].reduce(0, +)), .number(found.shares[i], decimals: 2),
        .number(real.shares[i], decimals: 2), .text(confusion),
      ]
    } + [
      [
        "all", .integer(found.counts.joined().reduce(0, +)), .number(found.share, decimals: 2),
        .number(real.share, decimals: 2), "",
      ]
    ])
}

private func classSheet(_ names: [String], _ images: Tensor) -> ImageGrid {
  let all = pictures(images)
  let n = all.count / names.count
  return ImageGrid("", rows: names.indices.map { Array(all[$0 * n..<($0 + 1) * n]) }, rowTitles: names)
}

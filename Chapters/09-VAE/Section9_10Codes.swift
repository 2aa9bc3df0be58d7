import Attention
import DataSets
import Figures
import GAN
import Messages
import Running
import Tensors
import Training
import Transformer
import VAE

/// § 9.10: a GPT as the prior over the codes of a VQ-VAE, and images from it.
public let section9_10b = Exercise(
  .section, "9.10b", "A causal prior over codes", seconds: 45, quick: 2, full: 900,
  needs: { _ in DataNeeds(train: 64, test: 16, size: .exactly(28)) }
) { run in
  let all = try run.data.mnist()
  let data = run.choose(
    quick: all.limited(to: 64, 32), standard: all.limited(to: 2_000, 400), full: all.limited(to: 20_000, 2_000))
  run.say(data.provenance)
  let K = 64
  var autoencoder = VectorQuantizedAutoencoder(
    width: run.choose(quick: 4, standard: 24, full: 64),
    codebook: AveragedQuantizer(codes: K, width: 16, random: run.random), random: run.random.split())
  trainQuantized(
    &autoencoder, on: data.train.images,
    plan: run.plan(quick: 1, standard: 12, full: 20, batchSize: 64, label: "VQ-VAE"), random: run.random.split())
  let (lists, held) = (autoencoder.codes(of: data.train.images), autoencoder.codes(of: data.test.images))

  let study = CodeStudy(
    lists: lists, held: held, codes: K, width: run.choose(quick: 8, standard: 64, full: 128),
    steps: run.choose(quick: 4, standard: 700, full: 6_000), random: run.random.split(),
    report: run.progress("prior"), tell: run.say)
  run.show(study.table, as: "bits")
  run.show(study.figure, as: "learning")

  let count = run.choose(quick: 16, standard: 400, full: 1_000)
  let sets = (study.drawn(count, random: run.random.split()) + [("codes of images", Array(lists.prefix(count)))]).map {
    name, codes in
    (name: name, images: autoencoder.decoded(codes: codes).clamped(to: 0...1))
  }
  run.show(
    Panels(
      "Images of drawn codes", columns: 1,
      [ImageGrid("", rows: sets.map { pictures($0.images[0..<10]) }, rowTitles: sets.map(\.name))]),
    as: "samples")
  let measure = run.measure(for: data, count: count)
  let judged = sets.map { (name: $0.name, quality: measure($0.images)) }
  run.show(qualityTable("Images of drawn codes", [("training images", measure.real)] + judged), as: "quality")
  run.parameters = study.model.parameterCount
  run.card("data", data.provenance)
  run.card("bits of a code, log₂ K", codeBits(K, places: 1))
  run.card("bits of a code of test images, by their shares", study.shareBits)
  run.card("bits of a code of test images, by the prior", study.heldBits)
  run.card("bits of an image, by the prior", 49 * study.heldBits)
  run.card(judged[2].quality, beside: measure.real, of: "samples")
}

/// A GPT trained on lists of codes, beside codes that are drawn without it.
private struct CodeStudy {
  let model: GPT
  let history: History
  let K: Int
  /// How often each code occurs in the lists, each once more than counted.
  let shares: [Double]
  /// The cost of a code in bits: in the training lists and in the held-out ones by the prior, and by the shares alone.
  let trainBits, heldBits, shareBits: Double

  init(
    lists: [[Int]], held: [[Int]], codes K: Int, width d: Int, steps: Int, random: RandomSource,
    report: @escaping @Sendable (TrainingProgress) -> Void, tell: (String) -> Void
  ) {
    self.K = K
    let start = GPT(
      symbols: K + 1, context: 49, width: d, heads: max(1, d / 16), blocks: 2, dropout: 0.1, random: random.split())
    var plan = SequencePlan(
      steps: steps, batch: 32, learningRate: 2e-3, warmup: steps / 10, stepsPerCheck: max(1, steps / 10))
    (plan.report, plan.weightDecay) = (report, 0.01)
    let drawn = random.split()
    (model, history) = start.trained(by: plan, random: random.split()) { model in
      model.codeCost((0..<32).map { _ in lists[drawn.integer(below: lists.count)] })
    } evaluate: { model in
      let bits = model.bitsPerCode(held)
      tell("the prior: \(decimals(bits, 3)) bits a code of test images, of \(decimals(codeBits(K, places: 1), 0))")
      return ["held out": bits]
    }
    (trainBits, heldBits) = (model.bitsPerCode(Array(lists.prefix(400))), model.bitsPerCode(held))
    let counts = CodeUsage(lists.flatMap { $0 }, of: K).counts.map { Double($0 + 1) }
    let p = counts.map { $0 / counts.reduce(0, +) }
    let costs = Tensor(p, scalarType: .double).log().scalars
    let all = held.flatMap { $0 }
    shareBits = -all.reduce(0) { $0 + costs[$1] } / Double(all.count) / ln2
    shares = p
  }

  var table: Table {
    func row(_ name: String, _ bits: Double) -> [Table.Cell] {
      [.text(name), .number(bits, decimals: 3), .number(49 * bits, decimals: 1)]
    }
    return Table(
      "Bits of the codes of an image", columns: ["prior", "a code", "an image"],
      rows: [
        row("uniform, log₂ K", codeBits(K, places: 1)), row("the codes' shares, test images", shareBits),
        row("GPT, test images", heldBits), row("GPT, training images", trainBits),
      ])
  }

  var figure: LineChart {
    let steps = history.epochs.indices.map { Double($0 + 1) / Double(history.epochs.count) }
    return LineChart(
      "A GPT learns what the codes of an image have in common", x: Axis("share of the training"),
      y: Axis("bits a code"),
      series: [
        Series("training, with dropout", x: steps, history.losses.map { $0 / ln2 }, style: .both),
        Series("test images", x: steps, history["held out"], style: .both),
        Series("log₂ K", x: [0, 1], [codeBits(K, places: 1), codeBits(K, places: 1)]),
        Series("shares alone", x: [0, 1], [shareBits, shareBits]),
      ])
  }

  /// Lists of codes: uniform, by their shares, and from the prior.
  func drawn(_ count: Int, random: RandomSource) -> [(String, [[Int]])] {
    func independent(_ draw: () -> Int) -> [[Int]] { (0..<count).map { _ in (0..<49).map { _ in draw() } } }
    return [
      ("uniform codes", independent { random.integer(below: K) }),
      ("by their shares", independent { random.categorical(shares) }),
      ("from the prior", model.drawnCodes(count, length: 49, using: random)),
    ]
  }
}

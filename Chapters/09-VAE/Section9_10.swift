import DataSets
import Figures
import GAN
import Messages
import Running
import Tensors
import Training
import VAE

/// § 9.10: two levels of latent variables, on a model where everything is known and on digits.
public let section9_10 = Exercise(
  .section, "9.10", "Hierarchical models, and a map of generative models", seconds: 30, quick: 2, full: 600,
  needs: { _ in DataNeeds(train: 64, test: 16, size: .exactly(28)) }
) { run in
  run.show(taxonomy, as: "taxonomy")
  let exact = try LevelTable(random: run.random.split())
  run.show(exact.table, as: "levels")

  let all = try run.data.mnist()
  let data = run.choose(
    quick: all.limited(to: 64, 32), standard: all.limited(to: 6_000, 1_000), full: all.limited(to: 20_000))
  run.say(data.provenance)
  let (D, H) = (data.train.flattened.shape[1], run.choose(quick: 32, standard: 256, full: 512))
  func trained<M: EvidenceModel>(_ name: String, _ start: M) -> (model: M, measure: EvidenceMeasure) {
    var model = start
    let plan = run.plan(quick: 1, standard: data.train.count > 3_000 ? 20 : 80, full: 60, batchSize: 64, label: name)
    trainByEvidence(&model, on: data.train.flattened, plan: plan, random: run.random.split())
    return (model, EvidenceMeasure(of: model, on: data.test.flattened, random: RandomSource(seed: 1)))
  }
  let one = trained(
    "one level", VariationalAutoencoder(inputs: D, hidden: [H], latent: 24, random: run.random.split()))
  let two = trained(
    "two levels", HierarchicalAutoencoder(inputs: D, hidden: H, upper: 8, lower: 16, random: run.random.split()))
  run.show(boundTable(one.measure, two.measure, one.model.parameterCount, two.model.parameterCount), as: "bounds")

  let count = min(2_000, data.train.count)
  let ε = run.random.normal([count, 24])
  let shape = Shape([count] + data.test.images.shape.lengths.dropFirst())
  let (plain, deep) = (one.model.decoded(ε).reshaped(shape), two.model.generated(noise: ε).reshaped(shape))
  run.show(levelSheet(two.model, plain, deep, random: run.random.split()), as: "samples")
  let measure = run.measure(for: data, count: count)
  let (plainQuality, quality) = (measure(plain), measure(deep))
  run.show(
    qualityTable(
      "Samples", [("training images", measure.real), ("one level", plainQuality), ("two levels", quality)]),
    as: "quality")
  run.parameters = two.model.parameterCount
  run.card("data", data.provenance)
  run.card("log p of the linear hierarchy", exact.logEvidence)
  run.card("its bound at the exact posterior", exact.tight)
  run.card("−bound of test images, one level", one.measure.loss())
  run.card("−bound of test images, two levels", two.measure.loss())
  run.card(quality, beside: measure.real, of: "two levels")
}

// MARK: - A model where everything is known

/// The bound of two linear-Gaussian levels under several q.
private struct LevelTable {
  let table: Table
  let logEvidence, tight: Double

  init(random: RandomSource) throws {
    func matrix(_ rows: Int, _ columns: Int) -> Tensor { random.normal([rows, columns], scalarType: .double) }
    let model = LinearHierarchy(upper: matrix(3, 2), lower: matrix(5, 3), upperDeviation: 0.6, lowerDeviation: 0.4)
    let x = matrix(5, 1).reshaped([5])
    let exact = try model.posterior()
    var wide = exact
    wide.lowerCovariance = 2 * exact.lowerCovariance
    var apart = exact
    apart.lowerSlope = 0 * exact.lowerSlope
    var prior = exact
    (prior.upperMean, prior.upperCovariance) = (0 * exact.upperMean, .identity(2, scalarType: .double))
    (prior.lowerMean, prior.lowerSlope) = (0 * exact.lowerMean, model.upper)
    prior.lowerCovariance = 0.36 * Tensor.identity(3, scalarType: .double)
    let logP = try model.logEvidence(of: x)
    let rows = [
      ("exact", exact), ("q(z₁ | x, z₂) twice as wide", wide), ("q(z₁ | x) without z₂", apart), ("the prior", prior),
    ].map { name, q in (name, model.terms(of: x, under: q)) }
    table = Table(
      "Two linear levels: the terms under four q, and log p(x) = \(decimals(logP, 4))",
      columns: ["q", "E log p(x | z₁)", "KL of z₂", "KL of z₁", "bound", "log p − bound"],
      rows: rows.map { name, terms in
        [
          .text(name), .number(terms.reconstruction, decimals: 4), .number(terms.upperDivergence, decimals: 4),
          .number(terms.lowerDivergence, decimals: 4), .number(terms.bound, decimals: 4),
          .number(logP - terms.bound, decimals: 4),
        ]
      })
    (logEvidence, tight) = (logP, rows[0].1.bound)
  }
}

// MARK: - Digits

/// The terms of the models with one level and with two, whose first eight latent variables are z₂, and their
/// parameters n and m. § 9.10
public func boundTable(_ one: EvidenceMeasure, _ two: EvidenceMeasure, _ n: Int, _ m: Int) -> Table {
  let upper = two.divergences[..<8].reduce(0, +)
  return Table(
    "Test images, in nats an image",
    columns: ["model", "parameters", "−log p(x | z)", "KL", "of z₂", "of z₁", "−bound", "variables in use"],
    rows: [
      [
        .text("one level, 24"), .integer(n), .number(one.reconstruction, decimals: 2),
        .number(one.divergence, decimals: 2), .text("–"), .number(one.divergence, decimals: 2),
        .number(one.loss(), decimals: 2), .integer(one.activeUnits.count),
      ],
      [
        .text("two levels, 8 and 16"), .integer(m), .number(two.reconstruction, decimals: 2),
        .number(two.divergence, decimals: 2), .number(upper, decimals: 2),
        .number(two.divergence - upper, decimals: 2), .number(two.loss(), decimals: 2),
        .integer(two.activeUnits.count),
      ],
    ])
}

/// Samples of both models, and of the deep one with z₂ held fixed.
private func levelSheet(
  _ model: HierarchicalAutoencoder, _ plain: Tensor, _ deep: Tensor, random: RandomSource
) -> Panels {
  func held(_ seed: UInt64) -> Tensor {
    let ε₂ = RandomSource(seed: seed).normal([1, model.upperCount]).broadcast(to: [10, model.upperCount])
    return model.generated(noise: .concatenated([ε₂, random.normal([10, model.lowerCount])], axis: 1))
  }
  let grid = ImageGrid(
    "", rows: [plain[0..<10], deep[0..<10], held(1), held(2), held(3)].map { pictures($0) },
    rowTitles: ["one level", "two levels", "z₂ fixed", "z₂ fixed", "z₂ fixed"])
  return Panels("Samples of one and of two levels", columns: 1, [grid])
}

// MARK: - A map

/// What the families of generative models compute of p(x), and where they are in the book.
private var taxonomy: Diagram {
  func node(_ name: String, _ line: String, _ inputs: Int...) -> Diagram.Node {
    Diagram.Node(name, lines: [line], inputs: inputs)
  }
  return Diagram(
    "Generative models, by what they know of p(x)",
    nodes: [
      node("autoregressive", "GPT, § 7.7"), node("flow", "§ 9.10c"), node("mixture", "by EM, § 9.10d"),
      node("VAE", "chapter 9"), node("diffusion", "chapter 10"), node("GAN", "chapter 8"),
      node("log p(x)", "computed exactly", 0, 1, 2), node("a bound", "latent variables", 3, 4),
      node("a density", "maximum likelihood", 6, 7), node("no density", "a game, § 8.2", 5),
      node("samples", "like those of p(x)", 8, 9),
    ])
}

import Applications
import Figures
import Messages
import Running
import Tensors
import Training
import VAE

/// § 12.3.3: a variational autoencoder generates molecules, and a search in its latent space improves them.
public let section12_3_3c = Exercise(.section, "12.3.3c", "Molecules from a VAE", seconds: 15, quick: 1, full: 70) {
  run in
  let count = run.choose(quick: 600, standard: 4_000, full: 10_000)
  run.say("\(grouped(count)) drawn molecules, each of 20 choices in 141 numbers; two autoencoders, β = 1 and β = 0.5")
  let drawing = run.random.split()
  let training = (0..<count).map { _ in Molecule.drawn(drawing) }
  let samples = run.choose(quick: 300, standard: 2_000, full: 5_000)
  let x = MoleculeCode.rows(training)
  var rows = [row("drawn by the rules", (0..<samples).map { _ in Molecule.drawn(drawing) }, training)]
  let shares = x.mean(axes: [0], keepsAxes: true).broadcast(to: [samples, MoleculeCode.width])
  let alone = MoleculeCode.decoded((shares + 1e-9).log(), random: run.random.split()).map(MoleculeCode.molecule)
  rows.append(row("every choice by itself", alone, training))
  run.card("valid, every choice by itself", GenerationQuality(alone, training: training).valid)
  var model = MoleculeVAE(random: run.random.split())
  for β in [1, 0.5] {
    model = MoleculeVAE(random: run.random.split())
    let plan = run.plan(quick: 8, standard: 60, full: 100, batchSize: 50, label: "β = \(decimals(β, 1))")
    trainByEvidence(&model, on: x, learningRate: 2e-3, plan: plan, random: run.random.split(), β: { _ in β })
    let random = run.random.split()
    let (drawn, chosen) = (
      model.sampled(samples, draws: true, random: random), model.sampled(samples, random: random)
    )
    rows.append(row("β = \(decimals(β, 1)), choices drawn", drawn, training))
    rows.append(row("β = \(decimals(β, 1)), most probable", chosen, training))
    let quality = GenerationQuality(drawn, training: training)
    run.card("valid, β = \(decimals(β, 1))", quality.valid)
    run.card("new among the different, β = \(decimals(β, 1))", quality.new)
    let measure = EvidenceMeasure(of: model, on: x[0..<min(count, 1_000)], random: random)
    run.card("KL in nats, β = \(decimals(β, 1))", measure.divergence)
  }
  run.parameters = model.parameterCount
  run.show(
    Table(
      "§ 12.3.3: \(grouped(samples)) samples of each kind; the share of different ones among the valid, of new ones "
        + "among the different",
      columns: ["samples", "valid", "different", "new", "atoms", "affinity"], rows: rows), as: "samples")
  search(run, by: model, training, perRound: samples / 5)
}

private func row(_ name: String, _ samples: [Molecule?], _ training: [Molecule]) -> [Table.Cell] {
  let (quality, found) = (GenerationQuality(samples, training: training), samples.compactMap { $0 })
  func mean(_ value: (Molecule) -> Double) -> Double { found.map(value).reduce(0, +) / Double(max(1, found.count)) }
  return [
    .text(name), .number(quality.valid, decimals: 3), .number(quality.different, decimals: 3),
    .number(quality.new, decimals: 3), .number(mean { Double($0.elements.count) }, decimals: 2),
    .number(mean(\.affinity), decimals: 2),
  ]
}

/// Five rounds: the 40 best molecules so far are encoded, moved a little, and decoded.
private func search(_ run: Run, by model: MoleculeVAE, _ training: [Molecule], perRound count: Int) {
  let random = run.random.split()
  let start = best(training)
  let blind = best(training + model.sampled(5 * count, random: random).compactMap { $0 })
  var found = start
  for _ in 0..<5 {
    let copies = (0..<count / 40).flatMap { _ in found }
    found = best(found + model.varied(copies, noise: 0.5, random: random).compactMap { $0 })
  }
  func mean(_ list: [Molecule]) -> Double { list.map(gain).reduce(0, +) / Double(list.count) }
  run.show(
    Table(
      "§ 12.3.3: affinity − toxicity of the 40 best molecules, after \(grouped(5 * count)) proposals",
      columns: ["molecules", "mean", "best"],
      rows: [("training", start), ("and samples of N(0, I)", blind), ("and five rounds around the best", found)].map {
        [.text($0.0), .number(mean($0.1), decimals: 2), .number(gain($0.1[0]), decimals: 1)]
      }), as: "search")
  let known = Set(training.map(\.fingerprint))
  let shown = found.filter { !known.contains($0.fingerprint) }.prefix(8)
  run.show(
    moleculePicture(
      "§ 12.3.3: the best molecules that the search found, none among the training molecules", Array(shown),
      columns: 4, random: random), as: "found")
  run.card("affinity − toxicity, mean of the 40 best for training", mean(start))
  run.card("affinity − toxicity, mean of the 40 best found", mean(found))
}

private func gain(_ molecule: Molecule) -> Double { molecule.affinity - molecule.toxicity }

/// The 40 best different molecules.
private func best(_ molecules: [Molecule]) -> [Molecule] {
  var seen = Set<UInt64>()
  let order = molecules.indices.sorted { (-gain(molecules[$0]), $0) < (-gain(molecules[$1]), $1) }
  return Array(order.map { molecules[$0] }.filter { seen.insert($0.fingerprint).inserted }.prefix(40))
}

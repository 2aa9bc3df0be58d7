import Applications
import Checking
import Tensors
import Testing
import Training
import VAE

@Suite("§ 12.3.3  Molecules from a variational autoencoder")
struct MoleculeVAETests {
  @Test("§ 12.3.3: every drawn molecule is the molecule of its choices, one-hot in 141 numbers")
  func roundTrip() {
    let random = RandomSource(seed: 1)
    let molecules = (0..<300).map { _ in Molecule.drawn(random) }
    for molecule in molecules {
      #expect(MoleculeCode.molecule(MoleculeCode.choices(of: molecule).map { $0 ?? 0 }) == molecule)
    }
    let rows = MoleculeCode.rows(molecules)
    #expect(rows.shape == [300, 141])
    // One element for each place, one parent for each atom but the first, one choice of a ring.
    for (row, molecule) in zip(rows.sum(axes: [1]).scalars, molecules) {
      #expect(row == Double(10 + molecule.elements.count - 1 + 1))
    }
    #expect(MoleculeCode.decoded(100 * rows).map(MoleculeCode.molecule) == molecules)
  }

  @Test("§ 12.3.3: choices that break a valence, leave a gap or name a bond twice are no molecule")
  func invalid() {
    // C – C – O – N, nothing further, and no ring: the parents are atoms 0, 1 and 2.
    let chain = [0, 0, 2, 1, 4, 4, 4, 4, 4, 4, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0]
    func changed(_ places: [Int: Int]) -> [Int] { chain.indices.map { places[$0] ?? chain[$0] } }
    #expect(MoleculeCode.molecule(chain)?.elements == [.carbon, .carbon, .oxygen, .nitrogen])
    // A ring of three, by the bond 0 – 2: its number is 1 + 1. Oxygen then has three bonds.
    #expect(MoleculeCode.molecule(changed([19: 2])) == nil)
    #expect(MoleculeCode.molecule(changed([2: 0, 19: 2]))?.rings == 1)
    #expect(MoleculeCode.molecule(changed([2: 3])) == nil)  // fluorine with two bonds
    #expect(MoleculeCode.molecule(changed([5: 0])) == nil)  // an atom after a missing one
    #expect(MoleculeCode.molecule(changed([19: 1])) == nil)  // the bond 0 – 1 a second time
    #expect(MoleculeCode.molecule(changed([19: 7])) == nil)  // a bond to an atom that is not there
    #expect(MoleculeCode.molecule(changed([0: 4])) == nil)
  }

  @Test("§ 12.3.3: a fingerprint does not depend on the atoms' names, and tells isomers apart")
  func fingerprints() {
    let random = RandomSource(seed: 2)
    for _ in 0..<100 {
      let molecule = Molecule.drawn(random)
      #expect(molecule.renamed(random.permutation(molecule.elements.count)).fingerprint == molecule.fingerprint)
    }
    func carbons(_ edges: [(Int, Int)]) -> Molecule {
      Molecule([.carbon, .carbon, .carbon, .carbon], bonds: Graph(vertices: 4, edges: edges))
    }
    let (butane, isobutane) = (carbons([(0, 1), (1, 2), (2, 3)]), carbons([(0, 1), (0, 2), (0, 3)]))
    let ring = carbons([(0, 1), (1, 2), (2, 3), (0, 3)])
    #expect(Set([butane, isobutane, ring].map(\.fingerprint)).count == 3)
    let quality = GenerationQuality([butane, nil, butane.renamed([2, 0, 1, 3]), ring], training: [ring])
    #expect(quality.valid == 0.75 && quality.different == 2 / 3.0 && quality.new == 0.5)
  }

  @Test("§ 12.3.3: samples of the autoencoder are molecules twice as often as independent choices, mostly new")
  func samples() {
    let random = RandomSource(seed: 3)
    let training = (0..<2_000).map { _ in Molecule.drawn(random) }
    let x = MoleculeCode.rows(training)
    var model = MoleculeVAE(random: random)
    trainByEvidence(
      &model, on: x, learningRate: 2e-3, plan: TrainingPlan(epochs: 20, batchSize: 50), random: random, β: { _ in 0.5 })
    let quality = GenerationQuality(model.sampled(500, draws: true, random: random), training: training)
    let shares = x.mean(axes: [0], keepsAxes: true).broadcast(to: [500, MoleculeCode.width])
    let independent = MoleculeCode.decoded((shares + 1e-9).log(), random: random).map(MoleculeCode.molecule)
    let alone = GenerationQuality(independent, training: training)
    #expect(quality.valid > 0.45 && quality.valid > 2 * alone.valid, "\(quality.valid) against \(alone.valid)")
    // Without noise the latent means give many molecules back; with much noise hardly any.
    let few = Array(training[..<200])
    func kept(_ noise: Double) -> Int {
      zip(model.varied(few, noise: noise, random: random), few).count { $0?.fingerprint == $1.fingerprint }
    }
    let (still, moved) = (kept(0), kept(2))
    #expect(still > 2 * moved && moved < still, "\(still) and \(moved) of 200 are given back")
    #expect(quality.new > 0.6 && quality.different > 0.6, "\(quality)")
  }
}

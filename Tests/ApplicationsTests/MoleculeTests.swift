import Applications
import Checking
import Tensors
import Testing
import Training

@Suite("§ 12.3.3  Molecules")
struct MoleculeTests {
  @Test("§ 12.3.3: drawn molecules are connected, and no atom has more bonds than its valence")
  func valences() {
    let random = RandomSource(seed: 1)
    let molecules = (0..<500).map { _ in Molecule.drawn(random) }
    for molecule in molecules {
      #expect(molecule.bonds.diameter != nil && (0...1).contains(molecule.rings))
      #expect(zip(molecule.bonds.degrees, molecule.elements).allSatisfy { $0 <= $1.valence })
    }
    #expect(molecules.contains { $0.rings == 1 } && molecules.contains { $0.rings == 0 })
  }

  @Test("§ 12.3.3: properties of formamide and of hydroxylamine, counted by hand")
  func byHand() {
    let formamide = Molecule([.carbon, .nitrogen, .oxygen], bonds: Graph(vertices: 3, edges: [(0, 1), (0, 2)]))
    #expect(formamide.affinity == 1 && formamide.toxicity == 0 && formamide.effort == 2 && formamide.rings == 0)
    let other = Molecule([.nitrogen, .oxygen], bonds: Graph(vertices: 2, edges: [(0, 1)]))
    #expect(other.affinity == 0 && other.toxicity == 1 && other.effort == 1)
  }

  @Test(
    "§ 12.3.3: the network's answer does not depend on the names of the atoms or on the rest of the batch, to 10⁻¹²")
  func invariance() {
    let random = RandomSource(seed: 2)
    let network = MoleculeNetwork(width: 8, outputs: 2, random: random).converted(to: .double)
    let molecules = (0..<20).map { _ in Molecule.drawn(random) }
    let renamed = molecules.map { $0.renamed(random.permutation($0.elements.count)) }
    let answers = network(MoleculeBatch(molecules, scalarType: .double))
    expectClose(network(MoleculeBatch(renamed, scalarType: .double)), answers, tolerance: 1e-12, scale: 1)
    let alone = molecules.map { network(MoleculeBatch([$0], scalarType: .double)) }
    expectClose(Tensor.concatenated(alone, axis: 0), answers, tolerance: 1e-12, scale: 1)
    for (a, b) in zip(molecules, renamed) {
      #expect(a.affinity == b.affinity && a.toxicity == b.toxicity && a.effort == b.effort)
    }
  }

  @Test("§ 12.3.3: a graph network explains 0.7 of the affinity from 600 molecules, 0.1 more than without messages")
  func regression() {
    let random = RandomSource(seed: 3)
    let molecules = (0..<900).map { _ in Molecule.drawn(random) }
    let targets = Tensor(molecules.map(\.affinity), shape: [900, 1])
    func share(rounds: Int) -> Double {
      var network = MoleculeNetwork(width: 16, rounds: rounds, random: RandomSource(seed: 4))
      network.train(
        on: Array(molecules[..<600]), targets: targets[0..<600],
        plan: TrainingPlan(epochs: 30, batchSize: 30), random: RandomSource(seed: 5))
      return network.explainedShare(Array(molecules[600...]), targets: targets[600..<900])
    }
    let (with, without) = (share(rounds: 2), share(rounds: 0))
    #expect(with >= 0.7 && with - without >= 0.1, "\(with) with messages, \(without) without")
  }

  @Test("§ 12.3.3: the Pareto front is what enumeration finds, and holds points that no weighted sum chooses")
  func pareto() {
    // (1, 1) lies above the line from (0, 1.5) to (1.5, 0), yet nothing beats it; (2, 2) is beaten by it.
    let points = [[0, 1.5], [1, 1], [1.5, 0], [2, 2], [1.5, 1.5], [0, 1.5]]
    #expect(paretoFront(points) == [0, 1, 2, 5])
    for step in 0...100 {
      let w = Double(step) / 100
      let sums = points.map { w * $0[0] + (1 - w) * $0[1] }
      #expect(sums.min() != sums[1])
    }
    let random = RandomSource(seed: 6)
    let drawn = (0..<200).map { _ in (0..<3).map { _ in Double(random.integer(below: 6)) } }
    let front = paretoFront(drawn)
    for (i, p) in drawn.enumerated() {
      let isBeaten = drawn.contains { q in q != p && q[0] <= p[0] && q[1] <= p[1] && q[2] <= p[2] }
      #expect(front.contains(i) == !isBeaten)
    }
  }
}

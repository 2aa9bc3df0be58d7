import Applications
import Checking
import Tensors
import Testing
import Training

@Suite("§ 12.3.1  From an alignment to a fold")
struct FoldTests {
  @Test("§ 12.3.1: coordinates from exact distances have these distances again, to 10⁻¹⁰")
  func scaling() {
    let random = RandomSource(seed: 1)
    for _ in 0..<10 {
      let D = LatticeFold.drawn(12, random).distances(.double)
      let points = coordinates(fromDistances: D)
      let again = (points.expanded(axis: 1) - points).squared().sum(axes: [2]).squareRoot()
      expectClose(again, D, tolerance: 1e-10, scale: 1)
    }
  }

  @Test("§ 12.3.1: points turned and reflected, then moved, are turned back onto their origin, to 10⁻¹²")
  func turning() {
    let random = RandomSource(seed: 6)
    let x = random.normal([7, 2], scalarType: .double)
    let origin = x - x.mean(axes: [0])
    let reflected = Tensor([0.6, 0.8, 0.8, -0.6], shape: [2, 2], scalarType: .double)
    expectClose(turned(matmul(x, reflected) + 3, onto: x), origin, tolerance: 1e-12, scale: 1)
    let rotated = Tensor([0.6, 0.8, -0.8, 0.6], shape: [2, 2], scalarType: .double)
    expectClose(turned(matmul(x, rotated) - 1, onto: x + 5), origin, tolerance: 1e-12, scale: 1)
  }

  @Test("§ 12.3.1: drawn folds never use a place twice, and the chain's neighbours are in contact")
  func folds() {
    let random = RandomSource(seed: 2)
    for _ in 0..<50 {
      let fold = LatticeFold.drawn(12, random)
      #expect(Set(fold.places).count == 12)
      for i in 1..<12 { #expect(fold.contacts.edges.contains([i - 1, i])) }
    }
  }

  @Test("§ 12.3.1: row attention stays inside a sequence, column attention inside a column")
  func rowsAndColumns() {
    let random = RandomSource(seed: 3)
    var block = AlignmentBlock(width: 4, heads: 2, random: random).converted(to: .double)
    let x = random.normal([1, 3, 5, 4], scalarType: .double)
    // A change of sequence 1, site 2.
    let bump =
      Tensor.oneHot([7], classes: 15, scalarType: .double).reshaped([1, 3, 5, 1])
      * Tensor([1, -2, 0.5, 0.3], scalarType: .double)
    func reached(_ block: AlignmentBlock) -> [Bool] {
      (block(x + bump) - block(x)).abs().sum(axes: [3]).scalars.map { $0 > 1e-12 }
    }
    let whole = reached(block)
    #expect(whole.allSatisfy { $0 })
    var rowsOnly = block
    rowsOnly.columns.output.weight = 0 * block.columns.output.weight
    #expect(reached(rowsOnly) == (0..<15).map { $0 / 5 == 1 })
    block.rows.output.weight = 0 * block.rows.output.weight
    #expect(reached(block) == (0..<15).map { $0 % 5 == 2 })
    let scores = AlignmentBlock.scores(sequences: 32, sites: 12)
    #expect(scores.rowsAndColumns == 16_896 && scores.all == 147_456)
  }

  @Test("§ 12.3.1: distances are symmetric, 0 from a site to itself, and do not depend on the order of the sequences")
  func symmetry() {
    let random = RandomSource(seed: 4)
    let network = FoldNetwork(width: 8, short: 3, random: random).converted(to: .double)
    let x = DrawnFolds(2, sites: 6, sequences: 5, random: random).alignments.converted(to: .double)
    let D = network(x)
    expectClose(D.permuted([0, 2, 1]), D, tolerance: 1e-12, scale: 1)
    #expect((D * Tensor.identity(6, scalarType: .double)).abs().max().item == 0)
    expectClose(network(x.gathered([3, 1, 4, 0, 2], axis: 1)), D, tolerance: 1e-12, scale: 1)
  }

  @Test("§ 12.3.1: an epoch of the training uses the distances of every family")
  func everyFamily() {
    let random = RandomSource(seed: 7)
    let folds = DrawnFolds(4, sites: 5, sequences: 4, random: random)
    let start = FoldNetwork(width: 4, short: 2, random: random)
    func trained(_ changed: Int?) -> Tensor {
      let marks = Tensor.oneHot([changed ?? 0], classes: 4).reshaped([4, 1, 1])
      var network = start
      network.train(
        on: folds.alignments, distances: changed == nil ? folds.distances : folds.distances + 3 * marks,
        plan: TrainingPlan(epochs: 1, batchSize: 2), random: RandomSource(seed: 8))
      return network.flattened
    }
    let plain = trained(nil)
    for family in 0..<4 { #expect(trained(family) != plain) }
  }

  @Test("§ 12.3.1: trained on 200 families, the network reads new folds better than their mean, and recycling helps")
  func training() {
    let random = RandomSource(seed: 1)
    let (train, test) = (DrawnFolds(200, sites: 8, random: random), DrawnFolds(40, sites: 8, random: random))
    var network = FoldNetwork(width: 8, short: 4, recycles: 1, random: random)
    network.train(
      on: train.alignments, distances: train.distances, learningRate: 0.04,
      plan: TrainingPlan(epochs: 20, batchSize: 10), random: random)
    func error(_ D: Tensor) -> Double { (D - test.distances).squared().mean().item.squareRoot() }
    let (passes, mean) = (network.passes(test.alignments).map(error), error(train.distances.mean(axes: [0])))
    #expect(passes[1] < 0.85 * mean && passes[1] < passes[0], "\(passes) against \(mean)")
  }
}

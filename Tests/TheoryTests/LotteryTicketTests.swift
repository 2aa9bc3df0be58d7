import DataSets
import Foundations
import Tensors
import Testing
import Theory
import Training
import ch11

@Suite("§ 11.7 The lottery ticket hypothesis")
struct LotteryTicketTests {
  @Test("Remark 11.18: every round prunes the smallest of the weights that are left, so 60 %, 36 %, 21.6 % … stay")
  func rounds() {
    let network = MLP([64, 100, 100, 10], random: RandomSource(seed: 3))
    var mask = PruningMask(keepingAll: network)
    #expect(mask.count == 17_400 && mask.kept == 17_400 && mask.pruned == 0)
    for kept in [10_440, 6_264, 3_758, 2_255, 1_353] {
      let before = mask
      mask = mask.withoutSmallest(of: network, share: 0.4)
      #expect(mask.kept == kept)
      let magnitudes = network.layers.flatMap { $0.weight.abs().scalars }
      let (old, new) = (before.layers.flatMap(\.scalars), mask.layers.flatMap(\.scalars))
      #expect(zip(old, new).allSatisfy { $0 >= $1 })  // no weight comes back
      let left = magnitudes.indices.filter { new[$0] == 1 }.map { magnitudes[$0] }.min() ?? 0
      let gone = magnitudes.indices.filter { old[$0] == 1 && new[$0] == 0 }.map { magnitudes[$0] }.max() ?? 1
      #expect(gone <= left)
    }
  }

  @Test("§ 11.7: the controls keep as many weights, in each layer or in all, at other places")
  func controls() {
    let network = MLP([20, 30, 10], random: RandomSource(seed: 4))
    let mask = PruningMask(keepingAll: network).withoutSmallest(of: network, share: 0.8)
    func numbers(_ mask: PruningMask) -> [Double] { mask.layers.map { $0.sum().item } }
    let (layers, all) = (mask.shuffledInLayers(RandomSource(seed: 5)), mask.shuffled(RandomSource(seed: 5)))
    #expect(numbers(layers) == numbers(mask) && layers != mask)
    #expect(all.kept == mask.kept && all != mask)
  }

  @Test("§ 11.7: pruned weights have gradient 0 and keep their initial values, the others are trained")
  func gradients() throws {
    let random = RandomSource(seed: 6)
    let start = MLP([8, 12, 3], random: random)
    let mask = PruningMask(keepingAll: start).withoutSmallest(of: start, share: 0.5)
    var (network, adam) = (PrunedNetwork(start, mask: mask), Adam(learningRate: 0.01))
    let examples = Examples(random.normal([40, 8]), labels: (0..<40).map { $0 % 3 })
    fit(&network, with: &adam, to: examples, plan: TrainingPlan(epochs: 5, batchSize: 10), random: random)
    for (l, m) in mask.layers.enumerated() {
      let moved = (network.network.layers[l].weight - start.layers[l].weight).abs()
      #expect((moved * (1 - m)).max().item == 0)
      #expect((moved .> 0).sum().item > 0.5 * m.sum().item)  // some inputs of dead units never move
    }
  }

  @Test(
    "Theorem 11.17, a hypothesis: with 6 % of the weights a ticket is 2 points below the dense network; controls lose"
  )
  func tickets() throws {
    let (train, test) = try ticketDigits()
    var search = TicketSearch(widths: [64, 100, 100, 10])
    (search.share, search.rounds, search.firstJudged) = (0.6, 3, 3)
    let found = search(train: train, test: test, random: RandomSource(seed: 1)) { _ in
      TrainingPlan(steps: 300, examples: train.count, batchSize: 60)
    }
    let level = found.levels[0]
    #expect(found.levels.count == 1 && abs(level.pruned - 0.936) < 1e-3)
    #expect(found.dense > 0.95 && level.ticket > found.dense - 0.02)
    #expect(level.ticket > level.newWeights + 0.02)
    #expect(level.newWeights > level.shuffledMask + 0.03 && level.newWeights > level.randomMask + 0.1)
  }
}

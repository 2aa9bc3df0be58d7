import CNN
import DataSets
import Foundations
import GAN
import Tensors
import Testing
import Training

@Suite("§ 8.5  Conditional GAN")
struct ConditionalTests {
  private let random = RandomSource(seed: 1)

  @Test("(8.17) is (8.1) for players that ignore the label")
  func ignored() {
    let (G, D) = (MLP([3, 8, 2], random: random), MLP([2, 8, 1], random: random))
    let (x, z) = (random.normal([9, 2], scalarType: .double), random.normal([9, 3], scalarType: .double))
    let (g, d) = (G.converted(to: .double), D.converted(to: .double))
    let labels = (0..<9).map { $0 % 4 }
    let plain = gameValue(real: d(x), fake: d(g(z)))
    let value = conditionalGameValue(LabelBlind(d), LabelBlind(g), real: x, labels: labels, noise: z)
    #expect(value == plain)
    // The same for conditional players whose weights for the label are 0.
    var (CG, CD) = (
      ConditionalGenerator(MLP([7, 8, 2], random: random).converted(to: .double), classes: 4),
      ConditionalDiscriminator(MLP([5, 8, 1], random: random), classes: 4, shape: [3], random: random)
        .converted(to: .double)
    )
    for l in 0..<2 {
      (CG.network.layers[l], CD.network.layers[l]) = (g.layers[l], d.layers[l])
    }
    CG.network.layers[0].weight = g.layers[0].weight.padded(axis: 1, before: 0, after: 4)
    CD.network.layers[0].weight = d.layers[0].weight.padded(axis: 1, before: 0, after: 3)
    let padded = conditionalGameValue(CD, CG, real: x, labels: labels, noise: z)
    #expect(abs(padded.item - plain.item) < 1e-14)
  }

  @Test("Definition 8.9: both G(z, y) and D(x, y) depend on y, for points and for images")
  func labels() {
    let game = PointGame(.ring())
    let (G, D) = (game.conditionalGenerator(random: random), game.conditionalDiscriminator(random: random))
    let z = random.normal([1, 2]).broadcast(to: [8, 2])
    let y = Array(0..<8)
    for outputs in [G(z, y).sum(axes: [1]), D(z, y).squeezed(axis: 1)] {
      #expect(Set(outputs.scalars).count == 8)
    }
    #expect(G(z, y)[0] == G(z, [Int](repeating: 0, count: 8))[7], "a label changes its own row only")
    let images = random.normal([3, 1, 6, 6])
    let judge = ConditionalDiscriminator(
      Convolution(2, 1, kernel: 6, random: random), classes: 5, shape: [1, 6, 6], random: random)
    let (one, other) = (judge(images, [0, 1, 2]), judge(images, [0, 1, 4]))
    #expect(one[0] == other[0] && one[1] == other[1] && one[2] != other[2] && one.shape == [3, 1, 1, 1])
  }

  @Test("§ 8.5: on the ring at least 95 % of the points lie at the mode asked for, and 1/8 if only G is conditioned")
  func ring() {
    var game = PointGame(.ring())
    game.width = 64
    let plan = TrainingPlan(epochs: 1, batchSize: 128)
    func obedience<D: ConditionalNetwork>(_ D: (PointGame, RandomSource) -> D, rounds: Int) -> Double {
      let random = RandomSource(seed: 5)
      let G = game.conditionalGenerator(random: random)
      let (made, _) = game.trained(G, against: D(game, random), points: 128 * rounds, plan: plan, random: random)
      return game.obedience(of: made, perMode: 100, random: random)
    }
    let both = obedience({ $0.conditionalDiscriminator(random: $1) }, rounds: 900)
    let onlyG = obedience({ LabelBlind($0.players(random: $1).discriminator) }, rounds: 300)
    #expect(both >= 0.95 && onlyG < 0.3, "\(both), \(onlyG)")
  }
}

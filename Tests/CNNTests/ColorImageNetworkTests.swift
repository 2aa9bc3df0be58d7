import CNN
import Checking
import Regularization
import Tensors
import Testing

@Suite("§ 4.6 The network for colour images")
struct ColorImageNetworkTests {
  private let network = ColorImageNetwork(random: RandomSource(seed: 1))

  @Test("Listing 4.6: 1,181,386 parameters, not the 952,202 of Output 4.6, and 1,792 running statistics")
  func count() {
    #expect(network.parameterCount == 1_181_386)
    #expect(network.parameterCount != 952_202)
    #expect(network.blocks.map(\.parameterCount) == [38_976, 221_952, 886_272])
    let figures = network.blocks.flatMap(\.normalizations).map { $0.runningMean.count + $0.runningVariance.count }
    #expect(figures.reduce(0, +) == 1_792)
    #expect(unlistedParameters(in: network) == [])
  }

  @Test("§ 4.6: the maps of a 32×32 image measure 16, 8 and 4 after the blocks, and two more sizes work as well")
  func sizes() {
    var maps = RandomSource(seed: 2).normal([2, 3, 32, 32])
    var shapes: [Shape] = []
    for block in network.blocks {
      maps = block(maps)
      shapes.append(maps.shape)
    }
    #expect(shapes == [[2, 64, 16, 16], [2, 128, 8, 8], [2, 256, 4, 4]])
    #expect(network.head(maps).shape == [2, 10])
    #expect(network(Tensor.zeros([1, 3, 8, 8])).shape == [1, 10])
    #expect(network(Tensor.zeros([1, 3, 16, 24])).shape == [1, 10])
  }

  @Test("§ 4.6: the head averages each map, (4.6), so the logits do not depend on the place of a feature in its map")
  func head() {
    let maps = RandomSource(seed: 3).uniform([1, 256, 4, 4])
    let turned = maps.flipped(axis: 2).flipped(axis: 3)
    expectClose(network.head(turned), network.head(maps), tolerance: 1e-5)
  }

  @Test("Listing 4.6: in training a quarter of the channels of a block are dropped, in evaluation none")
  func dropouts() {
    let block = network.blocks[0]
    let x = RandomSource(seed: 4).normal([16, 3, 8, 8])
    let trained = Mode.training { block(x) }.max(axes: [2, 3])
    let share = (trained .== 0).mean().item
    #expect(share > 0.18 && share < 0.33)
    #expect((block(x).max(axes: [2, 3]) .== 0).mean().item < share / 2)
    #expect(network.dropout.probability == 0.5)
  }

  @Test("a share of the listing's dropout: half of it is 0.125 and 0.25, and without it training drops no channel")
  func shareOfDropout() {
    let half = ColorImageNetwork(dropout: 0.5, random: RandomSource(seed: 1))
    #expect(half.blocks.map(\.dropout.probability) == [0.125, 0.125, 0.125])
    #expect(half.dropout.probability == 0.25)
    let none = ColorImageNetwork(dropout: 0, random: RandomSource(seed: 1))
    #expect(none.dropout.probability == 0)
    let x = RandomSource(seed: 4).normal([16, 3, 8, 8])
    let dropped = [none, half].map { network in
      (Mode.training { network.blocks[0](x) }.max(axes: [2, 3]) .== 0).mean().item
    }
    #expect(dropped[0] == 0 && dropped[1] > 0.06 && dropped[1] < 0.2)
  }

  @Test("the six 3×3 convolutions can be replaced by any that keep height and width")
  func replaceable() {
    let random = RandomSource(seed: 5)
    let pointwise = ColorImageNetwork(classes: 4, random: random) { Convolution($0, $1, kernel: 1, random: random) }
    let weights = network.blocks.flatMap(\.convolutions).map(\.weight.count).reduce(0, +)
    #expect(pointwise.parameterCount == 1_181_386 - 6 * 129 - weights * 8 / 9)
    #expect(pointwise(Tensor.zeros([1, 3, 16, 16])).shape == [1, 4])
  }
}

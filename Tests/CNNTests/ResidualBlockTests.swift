import CNN
import Checking
import Running
import Tensors
import Testing
import Training

@Suite("Exercise 4.2 Residual blocks")
struct ResidualBlockTests {
  @Test(
    "Exercise 4.2.1: a residual block with projection halves the maps and doubles the channels; without, it keeps all")
  func shapes() {
    let random = RandomSource(seed: 1)
    let x = random.normal([2, 4, 9, 7])
    let down = ResidualBlock(4, 8, stride: 2, random: random)
    #expect(down(x).shape == [2, 8, 5, 4])
    #expect(down.shortcut?.convolution.weight.shape == [8, 4, 1, 1])
    let same = ResidualBlock(4, 4, random: random)
    #expect(same.shortcut == nil)
    #expect(same(x).shape == x.shape)
    #expect(ResidualBlock(4, 6, random: random).shortcut != nil)
  }

  @Test("Exercise 4.2.1: with F = 0 the block is the identity, (4.7), or the projection, with a ReLU after it")
  func zeroBranch() throws {
    let random = RandomSource(seed: 2)
    let x = random.normal([2, 4, 6, 6])
    var same = ResidualBlock(4, 4, random: random)
    same.normalization2.scale = .zeros([4])
    #expect(same.sum(x).scalars == x.scalars)
    #expect(same(x).scalars == x.activated(by: .relu).scalars)
    var down = ResidualBlock(4, 8, stride: 2, random: random)
    down.normalization2.scale = .zeros([8])
    let shortcut = try #require(down.shortcut)
    #expect(down.sum(x).scalars == shortcut(x).scalars)
  }

  @Test("(4.7): y is F(x) + x; without the shortcut it is F(x) alone")
  func sum() {
    let x = RandomSource(seed: 3).normal([2, 4, 6, 6])
    let block = ResidualBlock(4, 4, random: RandomSource(seed: 4))
    let plain = ResidualBlock(4, 4, isResidual: false, random: RandomSource(seed: 4))
    #expect(block.sum(x).scalars == (block.residual(x) + x).scalars)
    #expect(plain.sum(x).scalars == block.residual(x).scalars)
    #expect(plain.parameterCount == block.parameterCount)
  }

  @Test("Exercise 4.2.1: the gradients of a block with projection are right, in training and in evaluation")
  func gradients() {
    let random = RandomSource(seed: 5)
    let x = spread([2, 2, 4, 4])
    var block = ResidualBlock(2, 4, stride: 2, random: random)
    block.normalization1.shift = Tensor([9, -9, 9, 9])  // far from the kink of the ReLU: one map off, the others on
    for mode in [Mode.training, .evaluation] {
      expectGradient(at: block, mode: mode) { ($0.sum(x) * spread([2, 4, 2, 2])).sum() }
    }
    expectGradient(at: x, mode: .training) { (block.converted(to: .double).sum($0) * spread([2, 4, 2, 2])).sum() }
  }

  @Test("Exercise 4.2.2: the mini-ResNet of 8 layers has 78,042 parameters and 10 logits for images of CIFAR-10")
  func mini() {
    let random = RandomSource(seed: 6)
    let net = MiniResNet(random: random)
    #expect(net.parameterCount == 78_042)
    #expect(unlistedParameters(in: net).isEmpty)
    #expect(net(random.normal([2, 3, 32, 32])).shape == [2, 10])
    #expect([20, 32].map { MiniResNet(layers: $0, random: random).parameterCount } == [272_474, 466_906])
    let convolutions = net.parameters.filter { $0.rank == 4 && $0.shape[2] == 3 }
    #expect(convolutions.count + 1 == 8)
  }

  @Test("Exercise 4.2.3: with and without shortcuts the networks start from the same filters")
  func sameStart() {
    let nets = [true, false].map { MiniResNet(layers: 14, width: 4, isResidual: $0, random: RandomSource(seed: 7)) }
    let filters = nets.map { $0.parameters.filter { $0.rank == 4 && $0.shape[2] == 3 }.map(\.scalars) }
    #expect(filters[0] == filters[1])
    #expect(nets[0].classifier.weight.scalars == nets[1].classifier.weight.scalars)
  }

  @Test("Exercise 4.2.4: the recorder takes its optimizer's steps, and records the norms of the gradients")
  func recorder() {
    let x = RandomSource(seed: 8).normal([4, 3, 8, 8])
    var recorded = MiniResNet(width: 2, random: RandomSource(seed: 9))
    var plain = recorded
    let loss = { (net: MiniResNet) in net(x).crossEntropy(labels: [0, 1, 2, 3]) }
    let g = gradient(at: recorded, of: loss)
    var (optimizer, alone) = (GradientRecorder(GradientDescent(learningRate: 0.1)), GradientDescent(learningRate: 0.1))
    optimizer.update(&recorded, along: g)
    alone.update(&plain, along: g)
    #expect(recorded.flattened.scalars == plain.flattened.scalars)
    #expect(recorded.statistics.map(\.scalars) == plain.statistics.map(\.scalars))
    let stem = g.stem.convolution.weight.norm().item
    #expect(optimizer.norms.count == 1 && optimizer.norms[0][0] == stem)
    #expect(optimizer.norms[0].count == 1 + 6)
    optimizer.learningRate = 0.2
    #expect(optimizer.learningRate == 0.2 && optimizer.base.learningRate == 0.2)
  }

  @Test("a number of layers that is not 6n + 2 stops with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) { _ = MiniResNet(layers: 10, random: RandomSource(seed: 1)) }
  }
}

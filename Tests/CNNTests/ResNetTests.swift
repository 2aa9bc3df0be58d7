import CNN
import Checking
import Tensors
import Testing

@Suite("§ 4.4.4 ResNet")
struct ResNetTests {
  @Test("§ 4.4.4: ResNet-18 has 11,689,512 parameters, 11,181,642 with ten classes, and 4,800 means and variances")
  func count18() {
    let ten = ResNet18(classes: 10, random: RandomSource(seed: 1))
    #expect(ten.parameterCount == 11_181_642)
    #expect(ten.parameterCount + 990 * 513 == 11_689_512)
    #expect(NetworkSketch.resNet18.parameters == 11_689_512)
    #expect(ten.statistics.map(\.count).reduce(0, +) == 2 * 4_800)
    #expect(unlistedParameters(in: ten).isEmpty)
  }

  @Test("§ 4.4.4: ResNet-18 takes images of 224×224 to 512 maps of 7×7, and those to 1000 logits")
  func forward18() {
    let net = ResNet18(random: RandomSource(seed: 1))
    #expect(net.parameterCount == 11_689_512)
    let maps = net.stages(RandomSource(seed: 2).normal([1, 3, 224, 224]))
    #expect(
      maps.map(\.shape) == [[1, 64, 56, 56], [1, 64, 56, 56], [1, 128, 28, 28], [1, 256, 14, 14], [1, 512, 7, 7]])
    let logits = net.classifier(maps[4].globalAveragePooled2D())
    #expect(logits.shape == [1, 1000])
    #expect(logits.scalars.allSatisfy { $0.isFinite })
  }

  @Test("§ 4.4.4: ResNet-50 has 25,557,032 parameters wherever the stride is, and 2048 maps of 7×7")
  func forward50() {
    let net = ResNet50(random: RandomSource(seed: 3))
    #expect(net.parameterCount == 25_557_032)
    #expect(unlistedParameters(in: net).isEmpty)
    #expect([.middle, .first].allSatisfy { NetworkSketch.resNet50(stride: $0).parameters == 25_557_032 })
    let maps = net.stages(RandomSource(seed: 4).normal([1, 3, 224, 224]))
    #expect(
      maps.map(\.shape) == [
        [1, 64, 56, 56], [1, 256, 56, 56], [1, 512, 28, 28], [1, 1024, 14, 14], [1, 2048, 7, 7],
      ])
    #expect(net.classifier(maps[4].globalAveragePooled2D()).shape == [1, 1000])
  }

  @Test("§ 4.4.4: narrow networks have the same stages, and the small stem keeps the size of the image")
  func narrow() {
    let random = RandomSource(seed: 2)
    let x = random.normal([2, 3, 64, 48])
    let large = ResNet18(classes: 5, width: 4, random: random)
    #expect(
      large.stages(x).map(\.shape) == [[2, 4, 16, 12], [2, 4, 16, 12], [2, 8, 8, 6], [2, 16, 4, 3], [2, 32, 2, 2]])
    #expect(large(x).shape == [2, 5])
    let small = ResNet18(classes: 5, width: 4, stem: .small, random: random)
    #expect(small.stages(x).map(\.shape).first == [2, 4, 64, 48])
    #expect(small.stages(x).map(\.shape).last == [2, 32, 8, 6])
    #expect(small.features(x).shape == [2, 32])
  }

  @Test("§ 4.4.4: a bottleneck block of 256 channels has 70,400 parameters, two 3×3 convolutions of 256 have 1,180,672")
  func bottleneck() {
    let random = RandomSource(seed: 5)
    let bottleneck = BottleneckBlock(256, width: 64, random: random)
    let plain = ResidualBlock(256, 256, random: random)
    #expect(bottleneck.shortcut == nil && plain.shortcut == nil)
    #expect(bottleneck.parameterCount == 70_400)
    #expect(plain.parameterCount == 1_180_672)
    #expect(ResidualBlock(64, 64, random: random).parameterCount == 73_984)
  }

  @Test("§ 4.4.4: a downscaling block halves height and width by its projection too, and doubles the channels")
  func downscale() throws {
    let random = RandomSource(seed: 6)
    let x = random.normal([2, 8, 10, 6])
    let block = BottleneckBlock(8, width: 4, stride: 2, random: random)
    #expect(block(x).shape == [2, 16, 5, 3])
    let shortcut = try #require(block.shortcut)
    #expect(shortcut(x).shape == [2, 16, 5, 3])
    #expect(ResidualBlock(8, 16, stride: 2, random: random)(x).shape == [2, 16, 5, 3])
  }

  @Test("§ 4.4.4: with its stride in the first convolution a block never sees three pixels of four")
  func stridePlaces() {
    let x = RandomSource(seed: 7).normal([1, 4, 8, 8], scalarType: .double)
    func seen(_ place: BottleneckBlock.Stride) -> Int {
      var block = BottleneckBlock(4, width: 2, stride: 2, at: place, random: RandomSource(seed: 8))
      (block.normalization1.shift, block.normalization2.shift) = (20 * .ones([2]), 20 * .ones([2]))  // all ReLUs pass
      let g = gradient(at: x, mode: .evaluation) { block.converted(to: .double).residual($0).sum() }
      return g.abs().sum(axes: [0, 1]).scalars.count { $0 > 0 }
    }
    #expect(seen(.first) == 16)
    #expect(seen(.middle) == 64)
  }

  @Test("a stage without blocks stops with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) { _ = ResNet18(blocks: [2, 2, 0, 2], random: RandomSource(seed: 1)) }
  }
}

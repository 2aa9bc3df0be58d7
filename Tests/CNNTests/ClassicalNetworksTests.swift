import CNN
import Checking
import Foundation
import Foundations
import Tensors
import Testing

@Suite("§§ 4.4.1–4.4.3 LeNet, AlexNet, VGG")
struct ClassicalNetworksTests {
  @Test("§ 4.4.1: LeNet-5 has 61,706 parameters, and maps of 6×28×28, 6×14×14, 16×10×10 and 16×5×5 on its way to 400")
  func leNet5() {
    let net = LeNet.leNet5(random: RandomSource(seed: 1))
    #expect(net.parameterCount == 61_706)
    #expect(unlistedParameters(in: net).isEmpty)
    let x = RandomSource(seed: 2).normal([2, 1, 28, 28])
    #expect(
      net.maps(x).map(\.shape) == [[2, 1, 28, 28], [2, 6, 28, 28], [2, 6, 14, 14], [2, 16, 10, 10], [2, 16, 5, 5]])
    #expect(net.features(x).shape == [2, 400])
    #expect(net(x).shape == [2, 10])
  }

  @Test("§ 4.4.1: 28×28 padded by 2 and 32×32 with a margin of 0 have the same logits")
  func padding() {
    let net = LeNet.leNet5(random: RandomSource(seed: 3))
    var unpadded = net
    let first = net.convolutions[0]
    unpadded.convolutions[0] = Convolution(1, 6, kernel: 5, random: RandomSource(seed: 3))
    (unpadded.convolutions[0].weight, unpadded.convolutions[0].bias) = (first.weight, first.bias)
    let x = RandomSource(seed: 4).normal([2, 1, 28, 28])
    let wide = x.padded(axis: 2, before: 2, after: 2).padded(axis: 3, before: 2, after: 2)
    #expect(wide.shape == [2, 1, 32, 32])
    expectClose(net(x), unpadded(wide), tolerance: 1e-5, scale: 1)
  }

  @Test("§ 4.4.1: the volumes 1024, 4704, 1176, 1600, 400 of LeNet-5 at 32×32 are not preserved")
  func volumes() {
    let volumes = [1_024] + NetworkSketch.leNet5.layers.prefix(4).map(\.shape.count)
    #expect(volumes == [1_024, 4_704, 1_176, 1_600, 400])
  }

  @Test("§ 4.4.1: a LeNet-like network reduces 28×28 pixels to 256 numbers")
  func leNetLike() {
    let net = LeNet.leNetLike(random: RandomSource(seed: 5))
    let x = RandomSource(seed: 6).normal([2, 1, 28, 28])
    #expect(net.maps(x).map(\.shape).dropFirst() == [[2, 32, 24, 24], [2, 32, 8, 8], [2, 64, 4, 4], [2, 64, 2, 2]])
    #expect(net.features(x).shape == [2, 256])
    #expect(net(x).shape == [2, 10])
    #expect(net.parameterCount == 105_506)
  }

  @Test("§ 4.4.1: gradients of a network of the family are right")
  func gradients() {
    let random = RandomSource(seed: 7)
    let net = LeNet(
      convolutions: [
        Convolution(1, 2, kernel: 3, padding: 1, random: random), Convolution(2, 3, kernel: 3, random: random),
      ],
      windows: [2, 2], classifier: MLP([3, 4, 2], random: random))
    let x = spread([2, 1, 8, 8])
    expectGradient(at: net) { ($0(x) * spread([2, 2])).sum() }
  }

  @Test("§ 4.4.2: AlexNet in two groups has 60,965,224 parameters, and takes 227×227 to 55, 27, 13 and 6")
  func alexNet() {
    let net = AlexNet(random: RandomSource(seed: 8))
    #expect(net.parameterCount == 60_965_224)
    #expect(NetworkSketch.alexNet.parameters == 60_965_224)
    let x = RandomSource(seed: 9).normal([1, 3, 227, 227])
    let maps = net.maps(x)
    #expect(
      maps.map(\.shape).dropFirst() == [
        [1, 96, 27, 27], [1, 256, 13, 13], [1, 384, 13, 13], [1, 384, 13, 13], [1, 256, 6, 6],
      ])
    #expect(NetworkSketch.alexNet.layers[0].shape == [96, 55, 55])
    #expect(net.classifier(maps[5]).shape == [1, 1000])
  }

  @Test("§ 4.4.2: the channels of one group do not see those of the other")
  func groups() {
    let net = AlexNet(classes: 2, width: 12, hidden: 4, random: RandomSource(seed: 10))
    let x = RandomSource(seed: 11).normal([1, 12, 6, 6])
    let g = gradient(at: x) { net.convolutions[1]($0).sliced(0..<16, axis: 1).sum() }
    #expect(g.sliced(0..<6, axis: 1).abs().min().item > 0)
    #expect(g.sliced(6..<12, axis: 1).abs().max().item == 0)
    #expect(unlistedParameters(in: net).isEmpty)
  }

  @Test("§ 4.4.2: without groups AlexNet would have 62,378,344 parameters")
  func ungrouped() {
    let halves = NetworkSketch.alexNet.layers.map(\.parameters)
    // Each grouped convolution would have twice as many weights.
    let weights = 256 * 48 * 25 + 384 * 192 * 9 + 256 * 192 * 9
    #expect(halves.reduce(0, +) + weights == 62_378_344)
  }

  @Test("§ 4.4.2: local response normalization reduces a channel with large neighbours")
  func response() {
    let a = Tensor([1, 100, 1, 1, 1, 1], shape: [1, 6, 1, 1], scalarType: .double)
    let b = localResponseNormalized(a).scalars
    #expect(b[0] < b[4] && b[2] < b[4])
    #expect(b[3] < b[4])
    #expect(abs(b[5] - pow(2 + 3e-4, -0.75)) < 1e-12)
    expectGradient(at: spread([1, 7, 2, 2])) { (localResponseNormalized(5 * $0) * spread([1, 7, 2, 2])).sum() }
  }

  @Test("§ 4.4.3: VGG-16 has 138,357,544 parameters")
  func vgg16() {
    #expect(NetworkSketch.vgg16.parameters == 138_357_544)
    #expect(
      NetworkSketch.vgg16.layers.filter { $0.name.hasPrefix("convolution") }.allSatisfy { $0.name == "convolution 3×3" }
    )
  }

  @Test("§ 4.4.3: the convolutions of VGG-16 take 224×224 to 512 maps of 7×7, and a narrow classifier those to logits")
  func vggForward() {
    let net = VGG16(hidden: 16, random: RandomSource(seed: 12))
    // 4096 units instead of 16 make up the rest of 138,357,544.
    let full = 25_088 * 4_096 + 4_096 + 4_096 * 4_097 + 1_000 * 4_097
    #expect(net.parameterCount - (25_088 * 16 + 16 + 16 * 17 + 1_000 * 17) + full == 138_357_544)
    let maps = net.maps(RandomSource(seed: 13).normal([1, 3, 224, 224]))
    #expect(maps.map { $0.shape[1] } == [3, 64, 128, 256, 512, 512])
    #expect(maps[5].shape == [1, 512, 7, 7])
    #expect(net.classifier(maps[5]).shape == [1, 1000])
  }

  @Test("§ 4.4.3: narrow VGG-16 networks for small images have the same thirteen convolutions and right gradients")
  func narrowVGG() {
    let net = VGG16(classes: 3, width: 2, hidden: 4, side: 32, random: RandomSource(seed: 14))
    #expect(net.stages.map(\.count) == [2, 2, 3, 3, 3])
    #expect(unlistedParameters(in: net).isEmpty)
    let logits = net(RandomSource(seed: 15).normal([2, 3, 32, 32]))
    #expect(logits.shape == [2, 3])
    let trained = gradient(at: net) { $0(Tensor.ones([2, 3, 32, 32])).sum() }
    #expect(trained.parameters.allSatisfy { $0.scalars.allSatisfy(\.isFinite) })
  }

  @Test("widths and sides that cannot be divided stop with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) { _ = AlexNet(width: 10, random: RandomSource(seed: 1)) }
    await #expect(processExitsWith: .failure) { _ = VGG16(width: 1, side: 100, random: RandomSource(seed: 1)) }
    await #expect(processExitsWith: .failure) { _ = localResponseNormalized(Tensor.ones([1, 3, 2, 2]), size: 4) }
  }
}

import CNN
import Checking
import Tensors
import Testing

/// Values of PyTorch 2.13 in float64, made by Tests/Golden/cnn_resnet.py.
private struct Recorded: Decodable {
  struct Network: Decodable {
    let input, output: [Int]
    let outputs, evaluated, gradients, statistics: [Double]
    let inputGradient: Double
  }
  struct Counts: Decodable { let resNet18, tenClasses, resNet50, mini8, mini20, mini32: Int }
  struct Response: Decodable {
    let shape: [Int]
    let outputs: [Double]
  }
  let basic, basicDown, bottleneck, bottleneckDown, bottleneckFirst, resNet18, resNet50, mini: Network
  let leNet5, leNetLike, alexNet, vgg16: Network
  let counts: Counts
  let response: Response
}

@Suite("§ 4.4 Networks beside PyTorch")
struct ResNetGoldenTests {
  private let recorded: Recorded
  init() throws { recorded = try golden("cnn_resnet", as: Recorded.self) }

  @Test("(4.7): outputs, gradients and running statistics of residual blocks are PyTorch's")
  func blocks() {
    let random = RandomSource(seed: 1)
    check(ResidualBlock(3, 3, random: random), recorded.basic)
    check(ResidualBlock(3, 5, stride: 2, random: random), recorded.basicDown)
  }

  @Test(
    "(4.7): outputs, gradients and running statistics of bottleneck blocks are PyTorch's, wherever the stride stands")
  func bottlenecks() {
    let random = RandomSource(seed: 1)
    check(BottleneckBlock(8, width: 2, random: random), recorded.bottleneck)
    check(BottleneckBlock(3, width: 2, stride: 2, random: random), recorded.bottleneckDown)
    check(BottleneckBlock(3, width: 2, stride: 2, at: .first, random: random), recorded.bottleneckFirst)
  }

  @Test("§ 4.4.4: a narrow ResNet-18 does in training and evaluation what torchvision's does")
  func resNet18() {
    check(ResNet18(classes: 4, width: 2, random: RandomSource(seed: 1)), recorded.resNet18)
  }

  @Test("§ 4.4.4: a narrow ResNet-50 does in training and evaluation what torchvision's version 1.5 does")
  func resNet50() {
    check(ResNet50(classes: 4, width: 2, random: RandomSource(seed: 1)), recorded.resNet50)
  }

  @Test("Exercise 4.2.2: a narrow mini-ResNet does what the same modules do in PyTorch")
  func mini() {
    check(MiniResNet(layers: 8, classes: 4, width: 4, random: RandomSource(seed: 1)), recorded.mini)
  }

  @Test("§ 4.4.1: LeNet-5 and the LeNet-like network do what the same layers do in PyTorch")
  func leNets() {
    let random = RandomSource(seed: 1)
    check(LeNet.leNet5(random: random), recorded.leNet5, mode: .evaluation)
    check(LeNet.leNetLike(random: random), recorded.leNetLike, mode: .evaluation)
  }

  @Test("§ 4.4.2: a narrow AlexNet does what the same layers do in PyTorch")
  func alexNet() {
    let net = AlexNet(classes: 3, width: 12, hidden: 6, random: RandomSource(seed: 1))
    check(net, recorded.alexNet, mode: .evaluation)
  }

  @Test("§ 4.4.3: a narrow VGG-16 does what the same layers do in PyTorch")
  func vgg16() {
    let net = VGG16(classes: 4, width: 3, hidden: 5, side: 32, random: RandomSource(seed: 1))
    check(net, recorded.vgg16, mode: .evaluation)
  }

  @Test("§ 4.4.4: PyTorch counts as many parameters")
  func counts() {
    let (counts, random) = (recorded.counts, RandomSource(seed: 1))
    #expect(NetworkSketch.resNet18.parameters == counts.resNet18)
    #expect(NetworkSketch.resNet50().parameters == counts.resNet50)
    #expect(counts.tenClasses == 11_181_642)
    #expect(MiniResNet(layers: 8, random: random).parameterCount == counts.mini8)
    #expect(MiniResNet(layers: 20, random: random).parameterCount == counts.mini20)
    #expect(MiniResNet(layers: 32, random: random).parameterCount == counts.mini32)
  }

  @Test("§ 4.4.2: local response normalization is PyTorch's with α divided by the size")
  func response() {
    let r = recorded.response
    let x = 20 * spread(Shape(r.shape))
    expectClose(localResponseNormalized(x), Tensor(r.outputs, shape: x.shape, scalarType: .double), tolerance: 1e-12)
  }

  /// Gives a module the numbers that the script gives its own, and compares all it does.
  private func check<M: Module>(
    _ module: M, _ r: Recorded.Network, mode: Mode = .training, sourceLocation: SourceLocation = #_sourceLocation
  ) where M.Input == Tensor, M.Output == Tensor {
    var module = module.converted(to: .double)
    module = module.withParameters(from: (mode == .training ? 0.7 : 0.3) * spread([module.parameterCount]))
    let x = spread(Shape(r.input), offset: 100)
    let loss = { (y: Tensor) in (y * spread(y.shape, offset: 50)).sum() }
    let y = mode { module(x) }
    let g = gradient(at: module, mode: mode) { loss($0(x)) }
    let inputGradient = gradient(at: x, mode: mode) { loss(module($0)) }
    module.adoptStatistics(of: g)

    func compare(_ name: String, _ tensors: [Tensor], _ expected: [Double]) {
      let projected = tensors.map { ($0 * spread($0.shape, offset: 7)).sum().item }
      expectClose(
        Tensor(projected, scalarType: .double), Tensor(expected, scalarType: .double), tolerance: 1e-9, scale: 1e-2,
        name, sourceLocation: sourceLocation)
    }
    #expect(y.shape == Shape(r.output), sourceLocation: sourceLocation)
    for (name, value, expected) in [("outputs", y, r.outputs), ("evaluation", module(x), r.evaluated)] {
      expectClose(
        value, Tensor(expected, shape: Shape(r.output), scalarType: .double), tolerance: 1e-9, scale: 1e-2, name,
        sourceLocation: sourceLocation)
    }
    compare("the input", [inputGradient], [r.inputGradient])
    compare("the parameters", g.parameters, r.gradients)
    if mode == .training { compare("the statistics", module.statistics, r.statistics) }
  }
}
